"""Results: from the handed-in sheet to the published mark, the credit and the certificate.

A sheet is marked the moment it is handed in, by key and rule alone. One person confirms the results of a class,
another publishes them; the moves are the table ``rules.MOVES``: marked → confirmed → published. Credits are
posted only to those who attended the required hours and passed. Marking is the only user of answer keys
outside papers. Enterprises, institution and candidates see a result from its publication on, and not before.
"""
