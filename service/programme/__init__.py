"""Programme: everything around training that the exam rests on.

It keeps the yearly plan with its targets, the training institutions with their lecturers, the classes, the roster
of each class, and the attendance that becomes hours. The bureau (duty ``plan``) sets plans, opens classes
and imports rosters; an institution (duty ``attend``) records attendance of its own classes and nothing else;
counties and enterprises see the classes of their own people.
A class has no states: it is opened, has a term, and gathers a roster and hours. Whoever teaches it has a ``teach``
deed on ``class:<id>`` and whoever is on its roster a ``sit`` deed; both keep them from every exam duty for the class.
``rules`` holds the hours per role, the conditions an institution meets, and the reading of a roster sheet.
The programme knows nothing of items, papers, sittings or results.
"""
