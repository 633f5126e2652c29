"""Commands of whoever holds the machine: the first administrators."""

from typing import Annotated

import typer

Name = Annotated[str, typer.Option(help="Name of the person.")]
Username = Annotated[str, typer.Option(help="What they sign in with.")]
CitizenId = Annotated[str, typer.Option(prompt=True)]


def _secret(variable: str) -> object:
    return typer.Option(prompt=True, hide_input=True, envvar=variable)


def create_administrators(
    bureau: Annotated[str, typer.Option(help="Name of the bureau.")],
    name: Name,
    username: Username,
    citizen_id: CitizenId,
    security_name: Name,
    security_username: Username,
    security_citizen_id: CitizenId,
    audit_name: Name,
    audit_username: Username,
    audit_citizen_id: CitizenId,
    password: Annotated[str, _secret("PEIKAO_ADMINISTRATOR_PASSWORD")],
    security_password: Annotated[str, _secret("PEIKAO_SECURITY_PASSWORD")],
    audit_password: Annotated[str, _secret("PEIKAO_AUDIT_PASSWORD")],
) -> None:
    """Create the bureau with its three administrators: system, security, audit. Refused once there is any account.

    They are three people: the first opens accounts, the second grants duties, the third reads the journal.
    """
    from service.access.actions import founding
    from service.access.actions.founding import Newcomer
    from service.kernel import clock, database

    with database.writing() as session:
        founding.found(
            session,
            bureau=bureau,
            system=Newcomer(name, citizen_id, username, password),
            security=Newcomer(security_name, security_citizen_id, security_username, security_password),
            audit=Newcomer(audit_name, audit_citizen_id, audit_username, audit_password),
            now=clock.now(),
        )
    typer.echo(f"{username} (system), {security_username} (security) and {audit_username} (audit) may now sign in")


def create_security_administrator(
    name: Name,
    username: Username,
    citizen_id: CitizenId,
    password: Annotated[str, _secret("PEIKAO_SECURITY_PASSWORD")],
) -> None:
    """Create the security administrator of a bureau from before there were three, or whose only one has come to be
    tied to a training institution; refused while there is one who can grant duties.
    """
    from service.access.actions import founding
    from service.access.actions.founding import Newcomer
    from service.kernel import clock, database

    with database.writing() as session:
        founding.appoint_security(session, Newcomer(name, citizen_id, username, password), now=clock.now())
    typer.echo(f"{username} (security) may now sign in and grant duties")


def activation_code(username: Username) -> None:
    """A code for the only security administrator, where nobody else is left to vouch for them; it goes on record."""
    from service.access.actions import founding
    from service.kernel import clock, database

    with database.writing() as session:
        code = founding.vouch_for_security(session, username, now=clock.now())
    typer.echo(f"activation code of {username}, shown only now: {code}")


def install(app: typer.Typer) -> None:
    """Add the commands to the ``peikao`` command."""
    app.command("create-administrators")(create_administrators)
    app.command("create-security-administrator")(create_security_administrator)
    app.command("activation-code")(activation_code)
