"""Tables of the exam day by the place they are about: the building, the sitting, the door, the machine, the room.

Hot tables lead with the sitting, so that they partition by it.
"""

from service.sittings.tables.door import Case as Case
from service.sittings.tables.door import Scan as Scan
from service.sittings.tables.door import Tablet as Tablet
from service.sittings.tables.exam import Answer as Answer
from service.sittings.tables.exam import BoundMachine as BoundMachine
from service.sittings.tables.exam import Departure as Departure
from service.sittings.tables.exam import Gap as Gap
from service.sittings.tables.exam import LateAnswer as LateAnswer
from service.sittings.tables.exam import Presence as Presence
from service.sittings.tables.on_paper import PaperSheet as PaperSheet
from service.sittings.tables.on_paper import SheetEntry as SheetEntry
from service.sittings.tables.on_paper import SheetPhoto as SheetPhoto
from service.sittings.tables.on_paper import Transcript as Transcript
from service.sittings.tables.paper_prints import PaperPrint as PaperPrint
from service.sittings.tables.places import ChecklistEntry as ChecklistEntry
from service.sittings.tables.places import ExamPoint as ExamPoint
from service.sittings.tables.places import MachineCheck as MachineCheck
from service.sittings.tables.places import MachineTrial as MachineTrial
from service.sittings.tables.places import Room as Room
from service.sittings.tables.places import RoomRule as RoomRule
from service.sittings.tables.reopening import SheetReopening as SheetReopening
from service.sittings.tables.room import ExtraTime as ExtraTime
from service.sittings.tables.room import IdentityCheck as IdentityCheck
from service.sittings.tables.room import Incident as Incident
from service.sittings.tables.room import IncidentPhoto as IncidentPhoto
from service.sittings.tables.room import Message as Message
from service.sittings.tables.room import Outage as Outage
from service.sittings.tables.room import Pause as Pause
from service.sittings.tables.room import RecordConfirmation as RecordConfirmation
from service.sittings.tables.room import SignatureExcuse as SignatureExcuse
from service.sittings.tables.room import SignOfLife as SignOfLife
from service.sittings.tables.sitting import Arrangement as Arrangement
from service.sittings.tables.sitting import Proctor as Proctor
from service.sittings.tables.sitting import Seat as Seat
from service.sittings.tables.sitting import SeatGuess as SeatGuess
from service.sittings.tables.sitting import Sitting as Sitting
from service.sittings.tables.switching import ArchivedAnswer as ArchivedAnswer
from service.sittings.tables.switching import ArchivedSheet as ArchivedSheet
from service.sittings.tables.switching import FormSwitch as FormSwitch
from service.sittings.tables.tickets import TicketPrint as TicketPrint
