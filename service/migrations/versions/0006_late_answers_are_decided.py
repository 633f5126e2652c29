"""late answers are evidence that two people decide; every machine of a seat keeps its key."""

import sqlalchemy as sa
from alembic import op


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


DECIDED = '(decided_at IS NULL AND decided_by IS NULL AND accepted IS NULL AND reason IS NULL) OR (decided_at IS NOT NULL AND decided_by IS NOT NULL AND accepted IS NOT NULL AND reason IS NOT NULL)'
PROPOSED = '(proposed_at IS NULL AND proposed_by IS NULL AND proposal_reason IS NULL) OR (proposed_at IS NOT NULL AND proposed_by IS NOT NULL AND proposal_reason IS NOT NULL)'
TWO_PEOPLE = 'accepted IS NULL OR NOT accepted OR (proposed_by IS NOT NULL AND proposed_by <> decided_by)'
ADDED = (
    ('flagged', sa.Boolean(), sa.false(), False),
    ('made_at_text', sa.String(length=40), '', False),
    ('signature', sa.String(length=120), '', False),
    ('public_key', sa.String(length=200), '', False),
    ('session_digest', sa.String(length=64), '', False),
    ('left_at', sa.DateTime(timezone=True), None, True),
    ('proposed_at', sa.DateTime(timezone=True), None, True),
    ('proposed_by', sa.Integer(), None, True),
    ('proposal_reason', sa.String(length=200), None, True),
)
# A machine that is signed in now, or was the last to be, is the one whose key the seat holds.
MACHINES = """
INSERT INTO sittings_bound_machine (session_digest, seat_id, public_key, bound_at)
SELECT n.token_digest, t.id, t.browser_key, n.began_at
FROM sittings_seat t JOIN access_session n ON n.confined = 'seat:' || t.id
WHERE t.browser_key IS NOT NULL AND n.token_digest = (
    SELECT m.token_digest FROM access_session m WHERE m.confined = n.confined
    ORDER BY m.began_at DESC, m.token_digest LIMIT 1)
"""
KEYS = """
UPDATE sittings_seat SET browser_key = (
    SELECT NULLIF(m.public_key, '') FROM sittings_bound_machine m
    WHERE m.seat_id = sittings_seat.id AND m.replaced_at IS NULL LIMIT 1)
"""


NEVER_CHANGES = 'markings never change'


def refuse_changes() -> None:
    postgresql = op.get_bind().dialect.name == 'postgresql'
    refusal = f"EXECUTE FUNCTION peikao_refuse('{NEVER_CHANGES}')" if postgresql else f"BEGIN SELECT RAISE(ABORT, '{NEVER_CHANGES}'); END"
    for operation in ('UPDATE', 'DELETE'):
        op.execute(f'CREATE TRIGGER results_remarking_refuses_{operation.lower()} BEFORE {operation} ON results_remarking FOR EACH ROW {refusal}')
    if not postgresql:
        # SQLite fires no delete trigger for the row that INSERT OR REPLACE takes away.
        op.execute(
            'CREATE TRIGGER results_remarking_refuses_replace BEFORE INSERT ON results_remarking FOR EACH ROW WHEN EXISTS'
            ' (SELECT 1 FROM results_remarking WHERE id = NEW.id OR late_answer_id = NEW.late_answer_id)'
            f' {refusal}'
        )


def upgrade() -> None:
    op.create_table('sittings_bound_machine',
    sa.Column('session_digest', sa.String(length=64), nullable=False),
    sa.Column('seat_id', sa.Integer(), nullable=False),
    sa.Column('public_key', sa.String(length=200), nullable=False),
    sa.Column('bound_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('replaced_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('drift_ms', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['seat_id'], ['sittings_seat.id'], name=op.f('fk_sittings_bound_machine_seat_id_sittings_seat')),
    sa.ForeignKeyConstraint(['session_digest'], ['access_session.token_digest'], name=op.f('fk_sittings_bound_machine_session_digest_access_session')),
    sa.PrimaryKeyConstraint('session_digest', name=op.f('pk_sittings_bound_machine'))
    )
    with op.batch_alter_table('sittings_bound_machine', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sittings_bound_machine_seat_id'), ['seat_id'], unique=False)
    op.execute(MACHINES)
    op.drop_column('sittings_seat', 'browser_key')

    with op.batch_alter_table('sittings_late_answer', schema=None) as batch_op:
        for name, kind, default, nullable in ADDED:
            batch_op.add_column(sa.Column(name, kind, server_default=default, nullable=nullable))
        batch_op.alter_column('drift_ms', existing_type=sa.Integer(), nullable=True)
        batch_op.drop_constraint(op.f('uq_sittings_late_answer_seat_id'), type_='unique')
        batch_op.create_unique_constraint('uq_sittings_late_answer_change', ['seat_id', 'position', 'seq', 'session_digest'])
        batch_op.create_foreign_key(op.f('fk_sittings_late_answer_proposed_by_access_person'), 'access_person', ['proposed_by'], ['id'])
        batch_op.create_check_constraint(op.f('ck_sittings_late_answer_proposed_at_paired'), sa.text(PROPOSED))
        batch_op.create_check_constraint(op.f('ck_sittings_late_answer_two_people'), sa.text(TWO_PEOPLE))
        # SQLite makes the table anew and loses the checks it had.
        if op.get_bind().dialect.name == 'sqlite':
            batch_op.create_check_constraint(op.f('ck_sittings_late_answer_decided_at_paired'), sa.text(DECIDED))

    op.create_table('results_remarking',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('result_id', sa.Integer(), nullable=False),
    sa.Column('late_answer_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('choice_before', sa.String(length=8), nullable=False),
    sa.Column('choice_after', sa.String(length=8), nullable=False),
    sa.Column('points_before', sa.Integer(), nullable=False),
    sa.Column('points_after', sa.Integer(), nullable=False),
    sa.Column('total_before', sa.Integer(), nullable=False),
    sa.Column('total_after', sa.Integer(), nullable=False),
    sa.Column('verdict_before', sa.String(), nullable=False),
    sa.Column('verdict_after', sa.String(), nullable=False),
    sa.Column('remarked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('remarked_by', sa.Integer(), nullable=False),
    sa.CheckConstraint('total_after - total_before = points_after - points_before', name=op.f('ck_results_remarking_totals_agree')),
    sa.ForeignKeyConstraint(['late_answer_id'], ['sittings_late_answer.id'], name=op.f('fk_results_remarking_late_answer_id_sittings_late_answer')),
    sa.ForeignKeyConstraint(['remarked_by'], ['access_person.id'], name=op.f('fk_results_remarking_remarked_by_access_person')),
    sa.ForeignKeyConstraint(['result_id'], ['results_result.id'], name=op.f('fk_results_remarking_result_id_results_result')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_results_remarking')),
    sa.UniqueConstraint('late_answer_id', name=op.f('uq_results_remarking_late_answer_id'))
    )
    with op.batch_alter_table('results_remarking', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_results_remarking_result_id'), ['result_id'], unique=False)
    refuse_changes()


def downgrade() -> None:
    # Its triggers go with the table.
    with op.batch_alter_table('results_remarking', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_results_remarking_result_id'))
    op.drop_table('results_remarking')

    # Of the same change from two machines, only one could be kept before; and no clock could be unknown.
    op.execute('DELETE FROM sittings_late_answer WHERE id NOT IN (SELECT min(id) FROM sittings_late_answer GROUP BY seat_id, position, seq)')
    op.execute('UPDATE sittings_late_answer SET drift_ms = 0 WHERE drift_ms IS NULL')
    with op.batch_alter_table('sittings_late_answer', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_sittings_late_answer_two_people'), type_='check')
        batch_op.drop_constraint(op.f('ck_sittings_late_answer_proposed_at_paired'), type_='check')
        batch_op.drop_constraint(op.f('fk_sittings_late_answer_proposed_by_access_person'), type_='foreignkey')
        batch_op.drop_constraint('uq_sittings_late_answer_change', type_='unique')
        batch_op.create_unique_constraint(op.f('uq_sittings_late_answer_seat_id'), ['seat_id', 'position', 'seq'])
        batch_op.alter_column('drift_ms', existing_type=sa.Integer(), nullable=False)
        for name, *_ in reversed(ADDED):
            batch_op.drop_column(name)
        if op.get_bind().dialect.name == 'sqlite':
            batch_op.create_check_constraint(op.f('ck_sittings_late_answer_decided_at_paired'), sa.text(DECIDED))

    op.add_column('sittings_seat', sa.Column('browser_key', sa.String(length=200), nullable=True))
    op.execute(KEYS)
    with op.batch_alter_table('sittings_bound_machine', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sittings_bound_machine_seat_id'))
    op.drop_table('sittings_bound_machine')
