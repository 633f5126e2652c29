"""Access: who people are and what they may do.

It keeps organisations, natural persons (by the keyed index of their citizen id), accounts, duties and the deeds
done under them. ``rules.policy`` is the table of rights: deny by default, each grant with a reach.
``rules.separation`` is the table of duties that exclude each other, checked per natural person when a duty
is granted and again each time it is used. System administrators work here; they hold no exam duty.
States: an account is active or closed, a duty is held or revoked.
"""
