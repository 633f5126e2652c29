"""The ``peikao`` command: migrate, create the first administrators, serve, make certificates, look after the bank."""

from pathlib import Path
from typing import Annotated

import typer

from service import migrations
from service.cli import administrators, bank, journal, keys, papers, results, separation

app = typer.Typer(help="Peikao (培考): exam administration where whoever trains does not test.", no_args_is_help=True)
app.add_typer(bank.app, name="bank")
app.add_typer(papers.app, name="papers")
app.add_typer(results.app, name="results")
app.add_typer(separation.app, name="separation")
app.add_typer(keys.app, name="keys")
app.add_typer(journal.app, name="journal")
administrators.install(app)


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    migrations.upgrade()
    typer.echo("the schema is current")


@app.command("database-roles")
def database_roles(
    apply: Annotated[bool, typer.Option(help="Run the statements, as the owner of the tables.")] = False,
) -> None:
    """Print the SQL of the PostgreSQL roles exam, training and reading, or run it; repeat it after each migration."""
    from service.kernel import database
    from service.migrations import roles

    if not apply:
        typer.echo("".join(f"{statement};\n" for statement in roles.statements()), nl=False)
        return
    try:
        roles.apply(database.engine())
    except RuntimeError as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from fault
    typer.echo(f"{', '.join(roles.grants())} have their grants, and no others")


@app.command()
def serve(
    host: str = "127.0.0.1",
    port: int = 8000,
    certificate: Annotated[Path | None, typer.Option(help="TLS certificate, PEM.")] = None,
    key: Annotated[Path | None, typer.Option(help="TLS private key, PEM.")] = None,
    behind_proxy: Annotated[
        str | None,
        typer.Option(
            help="Address of the proxy whose X-Forwarded-For and X-Forwarded-Proto are believed. Of a list the last"
            " address that is not this proxy's counts; with * whoever connects is believed, and the first of the list,"
            " which the client can write itself where the proxy adds to the header instead of setting it: then rooms'"
            " address ranges, waits after wrong tries and limits by address keep nobody out.",
        ),
    ] = None,
    client_authority: Annotated[
        Path | None,
        typer.Option(help="Authority of programs' own certificates, PEM: whoever has one may show it (mutual TLS)."),
    ] = None,
) -> None:
    """Run the service in one process."""
    import ssl

    import uvicorn

    from service.kernel.patience import Patient

    if client_authority is not None and (certificate is None or behind_proxy is not None):
        # A proxy ends the connections of others: the only certificate to be seen would be its own.
        raise typer.BadParameter("--client-authority needs --certificate, and no --behind-proxy")
    _allow_many_connections()
    uvicorn.run(
        "service.main:create_app",
        factory=True,
        host=host,
        port=port,
        log_level="warning",
        # Longer than the pause between two answers, or every save would begin with a new connection.
        timeout_keep_alive=75,
        http=Patient,
        # The service has no web sockets, and their protocol would take connections out of that one's limits.
        ws="none",
        ssl_certfile=certificate,
        ssl_keyfile=key,
        ssl_ca_certs=client_authority,
        # Browsers have none to show, and come as before.
        ssl_cert_reqs=ssl.CERT_NONE if client_authority is None else ssl.CERT_OPTIONAL,
        # Anybody can write these headers; only a proxy that was named is believed.
        proxy_headers=behind_proxy is not None,
        forwarded_allow_ips=behind_proxy,
    )


def _allow_many_connections() -> None:
    """As many open sockets as the system lets this process have: a shell's 1,024 would be gone with the first class."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@app.command()
def tls(
    folder: Annotated[Path, typer.Argument(help="Where the certificates go; keep it off the web and out of backups.")],
    host: Annotated[list[str] | None, typer.Option(help="A name or IP address of this server; repeat it.")] = None,
    renew: Annotated[
        bool, typer.Option(help="A new server certificate; tablets go on trusting the authority.")
    ] = False,
) -> None:
    """Make a certificate authority for the rooms, and a certificate for this server."""
    from service.kernel import authority, clock

    try:
        made = (authority.renew if renew else authority.make)(folder, host or [], now=clock.now())
    except authority.AuthorityError as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from fault
    place = folder.resolve()
    certificate, server, key = place / authority.AUTHORITY, place / authority.SERVER, place / authority.SERVER_KEY
    typer.echo(
        f"""\
authority    {certificate}, until {made.authority_ends_at:%Y-%m-%d}
server       {server} for {", ".join(made.hosts)}, until {made.server_ends_at:%Y-%m-%d}
fingerprint  {made.fingerprint}

Next:
1. Serve:    peikao serve --host 0.0.0.0 --port 443 --certificate {server} --key {key}
             with PEIKAO_SECURE_COOKIES=true and PEIKAO_PUBLIC_URL=https://{made.hosts[0]}
2. Trust:    PEIKAO_AUTHORITY_CERTIFICATE={certificate} makes the page /trust offer it
             to tablets and machines; compare the fingerprint above with what they show.
3. Lock up:  carry {authority.AUTHORITY_KEY} to a medium in a safe. It is needed only for --renew,
             before {made.server_ends_at:%Y-%m-%d}."""
    )


@app.command("which-head")
def which_head(code: Annotated[str, typer.Argument(help="The code on a room record or a list of results.")]) -> None:
    """Say which signed head of the journal a printed code names; exit status 1 when none does."""
    from service.journal.queries import tree
    from service.journal.rules import heads
    from service.kernel import database

    with database.reading() as session:
        found = tree.head_of_code(session, heads.read_code(code))
    if found is None:
        typer.echo("no head has this code", err=True)
        raise typer.Exit(1)
    typer.echo(f"entries    {found.size}\nroot       {found.root}\nsigned at  {found.at}\nkey        {found.key_id}")


@app.command("witness-key")
def witness_key(
    file: Annotated[Path, typer.Argument(help="Where the private key goes; it is never overwritten.")],
) -> None:
    """Make the key of a witness, on the witness's own machine, and print what the administrator registers."""
    from service import witness

    typer.echo(f"public key  {witness.make_key(file)}")


@app.command("witness")
def witness_journal(
    url: Annotated[str, typer.Argument(help="The address of the service that is watched over.")],
    key: Annotated[Path, typer.Option(help="The witness's private key.")],
    trusted_key: Annotated[Path, typer.Option(help="The public keys that sign heads, PEM, as the operator gave them.")],
    state: Annotated[Path, typer.Option(help="What was witnessed last; keep it safe, it is the witness's memory.")],
    client_id: Annotated[str, typer.Option(help="The program registered for the witness.")],
    client_secret: Annotated[str, typer.Option(prompt=True, hide_input=True, envvar="PEIKAO_WITNESS_SECRET")],
    authority: Annotated[Path | None, typer.Option(help="The certificate of the service's own authority, PEM.")] = None,
) -> None:
    """Watch over a journal from outside: check that it only grew, and sign its newest head.

    Exit status 1 when the journal was rewritten, 2 when it could not be checked.
    """
    from service import witness

    try:
        service = witness.Http(url, client_id, client_secret, authority)
        typer.echo(witness.Witness(key, trusted_key, state).watch(service))
    except witness.Rewritten as alarm:
        typer.secho(f"THE JOURNAL WAS REWRITTEN: {alarm}", err=True, fg="red", bold=True)
        raise typer.Exit(1) from alarm
    except (OSError, ValueError, KeyError) as fault:
        typer.echo(f"the journal could not be checked: {fault}", err=True)
        raise typer.Exit(2) from fault
