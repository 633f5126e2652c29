"""Tables of results: ``results`` holds marks, versions, credits and certificates, ``own`` how often strangers guess."""

from service.results.tables.own import Guesses as Guesses
from service.results.tables.results import Certificate as Certificate
from service.results.tables.results import Credit as Credit
from service.results.tables.results import Remarking as Remarking
from service.results.tables.results import Result as Result
from service.results.tables.results import SheetMarks as SheetMarks
from service.results.tables.results import Voiding as Voiding
