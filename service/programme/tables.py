"""Plans, institutions' profiles, lecturers, classes, trainees, enrolments and attendance."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.access.rules.people import TraineeRole
from service.kernel.database import Instant, both_or_neither, defaulting, one_of
from service.kernel.sealing import SEALED_MORE
from service.programme.rules.classes import MOST_HOURS_A_DAY
from service.programme.rules.hours import PRACTICAL_BASIS, Basis, Mode
from service.programme.rules.photos import MOST_BYTES, PhotoType


class Plan(SQLModel, table=True):
    """One year's targets, and where they come from."""

    __tablename__ = "programme_plan"
    __table_args__ = (
        one_of("practical_basis", Basis),
        sa.CheckConstraint("people_target > 0", name="people_target_positive"),
        sa.CheckConstraint("cumulative_percent BETWEEN 1 AND 100", name="cumulative_percent_range"),
    )

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    people_target: int
    cumulative_percent: int
    practical_basis: str = Field(default=PRACTICAL_BASIS)
    source: str = Field(max_length=200)


class InstitutionProfile(SQLModel, table=True):
    """What an institution has, as far as 三(二) asks for it."""

    __tablename__ = "programme_institution_profile"
    __table_args__ = (sa.CheckConstraint("full_time_managers >= 0", name="full_time_managers_counted"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="access_organisation.id", unique=True)
    full_time_managers: int
    has_platform: bool
    practice_base: bool


class Lecturer(SQLModel, table=True):
    """A natural person who teaches for an institution."""

    __tablename__ = "programme_lecturer"
    __table_args__ = (
        sa.UniqueConstraint("organisation_id", "person_id"),
        sa.CheckConstraint("practice_years >= 0", name="practice_years_counted"),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="access_person.id", index=True)
    organisation_id: int = Field(foreign_key="access_organisation.id")
    title: str = Field(default="", max_length=40)
    senior: bool
    mining_major: bool
    practice_years: int
    full_time: bool


class TrainingClass(SQLModel, table=True):
    """A class: people of one role, taught together by one institution within a term."""

    __tablename__ = "programme_class"
    __table_args__ = (
        one_of("role", TraineeRole),
        sa.CheckConstraint("starts_on <= ends_on", name="term_in_order"),
        # Enrolments point at both columns, so that the year they carry is always the class's.
        sa.UniqueConstraint("id", "plan_year"),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True, max_length=20)
    name: str = Field(max_length=80)
    role: str
    plan_year: int = Field(foreign_key="programme_plan.year", index=True)
    institution_id: int = Field(foreign_key="access_organisation.id", index=True)
    starts_on: date
    ends_on: date


class ClassLecturer(SQLModel, table=True):
    """Who teaches which class."""

    __tablename__ = "programme_class_lecturer"
    __table_args__ = (sa.UniqueConstraint("class_id", "lecturer_id"),)

    id: int | None = Field(default=None, primary_key=True)
    class_id: int = Field(foreign_key="programme_class.id")
    lecturer_id: int = Field(foreign_key="programme_lecturer.id", index=True)


class Trainee(SQLModel, table=True):
    """A person who is trained; one row each, since a person works in one enterprise at a time."""

    __tablename__ = "programme_trainee"
    __table_args__ = (
        one_of("role", TraineeRole),
        one_of("photo_type", PhotoType),
        both_or_neither("photo_sealed", "photo_type", "photo_key_id"),
        sa.CheckConstraint(f"length(photo_sealed) <= {MOST_BYTES + SEALED_MORE}", name="photo_small"),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="access_person.id", unique=True)
    enterprise_id: int = Field(foreign_key="access_organisation.id", index=True)
    role: str
    phone_sealed: bytes
    key_id: str = Field(default="", max_length=8, sa_column_kwargs=defaulting(""))
    photo_sealed: bytes | None = None
    photo_type: str | None = Field(default=None, max_length=20)
    # Empty while the photo lies as it came, from before photos were encrypted: `peikao keys rotate` moves those too.
    photo_key_id: str | None = Field(default=None, max_length=8)


class Enrolment(SQLModel, table=True):
    """A trainee on the roster of a class; the second key holds them to one class a plan year."""

    __tablename__ = "programme_enrolment"
    __table_args__ = (
        sa.UniqueConstraint("class_id", "trainee_id"),
        sa.UniqueConstraint("trainee_id", "plan_year"),
        sa.ForeignKeyConstraint(["class_id", "plan_year"], ["programme_class.id", "programme_class.plan_year"]),
    )

    id: int | None = Field(default=None, primary_key=True)
    class_id: int
    plan_year: int
    trainee_id: int = Field(foreign_key="programme_trainee.id")
    enrolled_at: datetime = Field(sa_type=Instant)


class Attendance(SQLModel, table=True):
    """Hours of a trainee on a day in one manner; only someone on the roster can have them."""

    __tablename__ = "programme_attendance"
    __table_args__ = (
        one_of("mode", Mode),
        sa.UniqueConstraint("class_id", "trainee_id", "day", "mode"),
        sa.ForeignKeyConstraint(
            ["class_id", "trainee_id"], ["programme_enrolment.class_id", "programme_enrolment.trainee_id"]
        ),
        sa.CheckConstraint(f"hours BETWEEN 1 AND {MOST_HOURS_A_DAY}", name="hours_range"),
        sa.Index("ix_programme_attendance_day", "trainee_id", "day"),
    )

    id: int | None = Field(default=None, primary_key=True)
    class_id: int
    trainee_id: int
    day: date
    mode: str
    hours: int
    recorded_by: int = Field(foreign_key="access_person.id")
    recorded_at: datetime = Field(sa_type=Instant)
