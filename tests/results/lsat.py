"""Section 6 of the Law School Admission Test: 1000 people, five items, right or wrong (Bock and Lieberman 1970).

The data of the psychometric text books, whose figures are published: table 1 and the examples of Rizopoulos 2006
(Journal of Statistical Software 17(5), package ltm).
"""

import numpy as np

from service.results.rules.item_statistics import Floats

# How many gave each pattern of answers, from 00000 to 11111.
COUNTS = (3, 6, 2, 11, 1, 1, 3, 4, 1, 8, 0, 16, 0, 3, 2, 15, 10, 29, 14, 81, 3, 28, 15, 80, 16, 56, 21, 173, 11, 61)
COUNTS += (28, 298)


def answers() -> Floats:
    """People × items."""
    rows = [[int(sign) for sign in f"{pattern:05b}"] for pattern, count in enumerate(COUNTS) for _ in range(count)]
    return np.array(rows, dtype=np.float64)
