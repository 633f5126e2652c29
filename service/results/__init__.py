"""Results: from the handed-in sheet to the published mark, the credit and the certificate.

A sheet is marked the moment it is handed in, by key and rule alone; free texts on it are marked by two people who see
neither whose they are nor what the other gave, and by a third where the two lie too far apart. One person confirms the
results of a class, another publishes them; the moves are the table ``rules.MOVES``: marked → confirmed → published.
Credits are posted only to those who attended the required hours and passed. Marking is the only user of
answer keys outside papers. Enterprises, institution and candidates see a result from its publication on, not before.
"""
