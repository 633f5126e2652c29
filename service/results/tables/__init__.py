"""Tables of results by what they are about: ``results`` holds marks, versions, credits and certificates,
``corrections`` what two people decide after publication, ``editions`` counts of people, ``parts`` of answers,
``cases`` answers alike, ``written`` free texts and what people gave for them, ``disposed`` whose answers are gone."""

from service.results.tables.cases import SimilarityCase as SimilarityCase
from service.results.tables.corrections import Appeal as Appeal
from service.results.tables.corrections import ItemRuling as ItemRuling
from service.results.tables.disposed import DisposedClass as DisposedClass
from service.results.tables.editions import CountEntry as CountEntry
from service.results.tables.editions import Edition as Edition
from service.results.tables.editions import EditionResult as EditionResult
from service.results.tables.editions import Participant as Participant
from service.results.tables.editions import Tally as Tally
from service.results.tables.elsewhere import ExternalFile as ExternalFile
from service.results.tables.elsewhere import ExternalResult as ExternalResult
from service.results.tables.elsewhere import ExternalVoiding as ExternalVoiding
from service.results.tables.parts import FormPart as FormPart
from service.results.tables.parts import PartCount as PartCount
from service.results.tables.parts import PartTally as PartTally
from service.results.tables.payment import PaymentList as PaymentList
from service.results.tables.results import Certificate as Certificate
from service.results.tables.results import Credit as Credit
from service.results.tables.results import Remarking as Remarking
from service.results.tables.results import Result as Result
from service.results.tables.results import SheetMarks as SheetMarks
from service.results.tables.results import Voiding as Voiding
from service.results.tables.written import Script as Script
from service.results.tables.written import ScriptMark as ScriptMark
from service.results.tables.written import ScriptTaking as ScriptTaking
