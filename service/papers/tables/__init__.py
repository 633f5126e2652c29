"""Tables of papers. ``papers`` holds what may be looked at, ``jobs`` how it is assembled, ``keys`` the sealed answer
keys, which only ``service.papers.actions.keys`` may touch."""

from service.papers.tables import keys as keys
from service.papers.tables.jobs import Job as Job
from service.papers.tables.jobs import Run as Run
from service.papers.tables.jobs import TargetSet as TargetSet
from service.papers.tables.marks import Mark as Mark
from service.papers.tables.papers import Blueprint as Blueprint
from service.papers.tables.papers import BreakGlass as BreakGlass
from service.papers.tables.papers import Exposure as Exposure
from service.papers.tables.papers import OpenedKey as OpenedKey
from service.papers.tables.papers import Opening as Opening
from service.papers.tables.papers import Overlap as Overlap
from service.papers.tables.papers import Paper as Paper
from service.papers.tables.papers import PaperForm as PaperForm
from service.papers.tables.papers import PaperFormItem as PaperFormItem
from service.papers.tables.papers import PaperFormPictures as PaperFormPictures
from service.papers.tables.papers import Share as Share
