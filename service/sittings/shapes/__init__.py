"""What crosses HTTP on the exam day: ``bodies`` are the forms, ``views`` fills them from queries."""
