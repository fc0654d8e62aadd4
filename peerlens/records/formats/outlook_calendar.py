"""The calendar that Outlook (classic) for Windows exports as CSV: localised headers, local dates, display names for addresses."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from peerlens.records.formats import dates, delimited
from peerlens.records.formats.sink import Sink
from peerlens.records.headers import fold
from peerlens.records.names import Spellings

# Outlook writes the first thirteen columns in one order in every language, and the others by the alphabet of the language.
POSITIONS = {
    "subject": 0, "start_day": 1, "start_time": 2, "end_day": 3, "end_time": 4, "all_day": 5,
    "organizer": 9, "required": 10, "optional": 11, "rooms": 12,
}  # fmt: skip
COLUMNS = 22
TITLES: dict[str, tuple[str, ...]] = {
    "subject": (
        "Subject", "Betreff", "Objet", "Asunto", "Oggetto", "Assunto", "Onderwerp", "Temat", "Ämne", "Emne", "Aihe",
        "Předmět", "Tárgy", "Konu", "Тема", "件名", "主题", "主旨", "제목",
    ),
    "start_day": (
        "Start Date", "Beginnt am", "Date de début", "Fecha de comienzo", "Fecha de inicio", "Data inizio",
        "Data di inizio", "Data de início", "Begindatum", "Data rozpoczęcia", "Startdatum", "Startdato", "Aloituspäivä",
        "Datum zahájení", "Kezdés dátuma", "Başlangıç Tarihi", "Дата начала", "開始日", "开始日期", "開始日期", "시작 날짜",
    ),
    "start_time": (
        "Start Time", "Beginnt um", "Heure de début", "Comienzo", "Hora de comienzo", "Hora de inicio", "Ora inizio",
        "Ora di inizio", "Hora de início", "Begintijd", "Czas rozpoczęcia", "Godzina rozpoczęcia", "Starttid",
        "Starttidspunkt", "Aloitusaika", "Čas zahájení", "Kezdés időpontja", "Başlangıç Saati", "Время начала",
        "開始時刻", "开始时间", "開始時間", "시작 시간",
    ),
    "end_day": (
        "End Date", "Endet am", "Date de fin", "Fecha de finalización", "Fecha de fin", "Data fine", "Data di fine",
        "Data de término", "Data de fim", "Data de conclusão", "Einddatum", "Data zakończenia", "Slutdatum", "Slutdato",
        "Sluttdato", "Päättymispäivä", "Datum ukončení", "Befejezés dátuma", "Bitiş Tarihi", "Дата окончания", "終了日",
        "结束日期", "結束日期", "종료 날짜",
    ),
    "end_time": (
        "End Time", "Endet um", "Heure de fin", "Finalización", "Hora de finalización", "Hora de fin", "Ora fine",
        "Ora di fine", "Hora de término", "Hora de fim", "Hora de conclusão", "Eindtijd", "Czas zakończenia",
        "Godzina zakończenia", "Sluttid", "Slutttid", "Sluttidspunkt", "Päättymisaika", "Čas ukončení",
        "Befejezés időpontja", "Bitiş Saati", "Время окончания", "終了時刻", "结束时间", "結束時間", "종료 시간",
    ),
    "all_day": (
        "All day event", "Ganztägiges Ereignis", "Journée entière", "Todo el día", "Giornata intera",
        "Evento di un'intera giornata", "Evento de dia inteiro", "O dia inteiro", "Gebeurtenis, duurt hele dag",
        "Duurt hele dag", "Wydarzenie całodzienne", "Heldagshändelse", "Heldagsbegivenhed", "Koko päivän tapahtuma",
        "終日イベント", "全天事件", "종일",
    ),
    "organizer": (
        "Meeting Organizer", "Meeting Organiser", "Besprechungsplanung", "Besprechungsorganisator",
        "Organisateur d'une réunion", "Organisateur de la réunion", "Organizador de la reunión",
        "Organizzatore riunione", "Organizador da reunião", "Organisator van vergadering", "Vergaderingsorganisator",
        "Organizator spotkania", "Mötesorganisatör", "Mötesarrangör", "Mødearrangør", "Møtearrangør",
        "Kokouksen järjestäjä", "会議の開催者", "会议组织者", "會議召集人", "모임 이끌이",
    ),
    "required": (
        "Required Attendees", "Erforderliche Teilnehmer", "Participants obligatoires", "Asistentes necesarios",
        "Asistentes requeridos", "Asistentes obligatorios", "Partecipanti obbligatori", "Partecipanti necessari",
        "Participantes obrigatórios", "Participantes necessários", "Verplichte deelnemers", "Vereiste deelnemers",
        "Wymagani uczestnicy", "Obligatoriska deltagare", "Nødvendige deltagere", "Obligatoriske deltakere",
        "Pakolliset osallistujat", "必須出席者", "必选与会者", "必要出席者", "필수 참석자",
    ),
    "optional": (
        "Optional Attendees", "Optionale Teilnehmer", "Participants facultatifs", "Asistentes opcionales",
        "Partecipanti facoltativi", "Participantes opcionais", "Optionele deelnemers", "Opcjonalni uczestnicy",
        "Valfria deltagare", "Valgfrie deltagere", "Valgfrie deltakere", "Valinnaiset osallistujat", "任意出席者",
        "可选与会者", "列席者", "선택 참석자",
    ),
    "rooms": (
        "Meeting Resources", "Besprechungsressourcen", "Ressources de la réunion", "Recursos de la reunión",
        "Risorse riunione", "Recursos da reunião", "Vergaderbronnen", "Vergaderingsbronnen", "Zasoby spotkania",
        "Mötesresurser", "Møderessourcer", "Møteressurser", "会議のリソース", "会议资源", "會議資源", "모임 리소스",
    ),
    "private": (
        "Private", "Privat", "Privé", "Privado", "Privato", "Particular", "Prywatne", "Yksityinen", "Soukromé",
        "Magánjellegű", "Özel", "Личное", "プライベート", "私有", "私人", "비공개",
    ),
    "sensitivity": (
        "Sensitivity", "Vertraulichkeit", "Critère de diffusion", "Confidencialidad", "Riservatezza", "Sensibilidade",
        "Confidencialidade", "Vertrouwelijkheid", "Charakter", "Känslighet", "Följsamhet", "Følsomhed", "Luottamuksellisuus",
    ),
}  # fmt: skip
"""what columns are called in the languages of Outlook, as far as known; other languages are read by position"""
NEEDED = ("start_day", "end_day", "required")
YES = frozenset(
    (
        "true", "wahr", "vrai", "verdadero", "vero", "verdadeiro", "waar", "prawda", "sant", "sand", "tosi", "pravda", "igaz",
        "doğru", "истина", "1", "-1", "yes", "ja", "oui", "si", "sí", "sì", "sim", "tak", "kyllä", "ano", "igen", "evet", "да",
        "はい", "是", "예", "on", "ein",
    )
)  # fmt: skip
NO = frozenset(
    (
        "", "false", "falsch", "faux", "falso", "onwaar", "fałsz", "falskt", "falsk", "usann", "epätosi", "nepravda", "hamis",
        "yanlış", "ложь", "0", "no", "nein", "non", "não", "nee", "nie", "nej", "nei", "ei", "ne", "nem", "hayır", "нет",
        "いいえ", "否", "아니요", "off", "aus",
    )
)  # fmt: skip
_CANCELLED = re.compile(
    r"(?i)^\s*(cancell?ed|abgesagt|annulée?|cancelad[oa]|annullat[oa]|geannuleerd|odwołan\w*|inställt|aflyst|avlyst"
    r"|peruutettu|zrušeno|lemondva|iptal edildi|отменено|キャンセル済み|已取消|취소됨)\s*[:：]"
)
_ADDRESS = re.compile(r"[\w.+'%-]+@[\w-]+(?:\.[\w-]+)+")
_SECRET = re.compile(r"(?i)^(priv|conf|vertraul|vertrouw|riserv|poufn|konfid|личн|конфид|[23]$)")


@dataclass(frozen=True)
class OutlookCalendar:
    """A calendar exported by Outlook (classic); one row per meeting."""

    name: str = "Outlook calendar CSV"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether the header is Outlook's, in a known language or by what stands where."""
        rows = [row for row in delimited.head_rows(head) if any(row)]
        return bool(rows) and _places(rows) is not None

    def read(self, path: Path, sink: Sink, *, zone: str) -> None:
        """Write one row per meeting and person invited.

        Raises
        ------
        InputError
            The order of day and month cannot be told.
        """
        with path.open("rb") as file:
            at = _places([row for row in delimited.head_rows(file.read(delimited.HEAD_BYTES)) if any(row)])
        assert at is not None
        look = _Look(dates.Order(sink.date_order))
        for _, cells in _rows(path, None):
            look.see(cells, at)
        title = {place: column for column, place in at.items()}[at["start_day"]]
        look.order.decide(path.name, "Start Date" if title == "start_day" else title)
        sink.saw_order(look.order.told)
        sink.note(f"times read as {zone}")
        sink.note("who was invited; whether they came is not in this export")
        spellings = Spellings()
        seen: set[str] = set()
        for _, cells in _rows(path, sink):
            sink.read_rows()
            reason = _write(_Row(cells, at), look, sink, spellings=spellings, seen=seen, zone=zone)
            if reason is not None:
                sink.drop(reason)


@dataclass
class _Look:
    """What the whole file says before any row is read: order of day and month, and which word means no."""

    order: dates.Order
    words: dict[str, Counter[str]] = field(default_factory=dict)

    def see(self, cells: list[str], at: Mapping[str, int]) -> None:
        """Take a row into account."""
        row = _Row(cells, at)
        for column in ("start_day", "end_day"):
            self.order.see(row.cell(column))
        for column in ("all_day", "private"):
            self.words.setdefault(column, Counter())[row.cell(column).casefold()] += 1

    def is_set(self, row: _Row, column: str) -> bool:
        """Return whether a yes/no cell says yes; of words of no known language, the commonest means no."""
        word = row.cell(column).casefold()
        if word in NO:
            return False
        return word in YES or word != self.words[column].most_common(1)[0][0]


@dataclass(frozen=True)
class _Row:
    cells: list[str]
    at: Mapping[str, int]

    def cell(self, column: str) -> str:
        place = self.at.get(column)
        return self.cells[place] if place is not None and place < len(self.cells) else ""

    def people(self, column: str) -> list[str]:
        """Return the names (or addresses) in a cell; a comma is part of a name."""
        return [item for item in (text.strip(" '\"") for text in self.cell(column).split(";")) if item]


def _places(rows: list[list[str]]) -> dict[str, int] | None:
    """Return where the columns stand: by their titles, else by what stands where; None when it is no such calendar."""
    header = [fold(cell.lstrip("\ufeff")) for cell in rows[0]]
    by_title = {
        column: header.index(title)
        for column, titles in TITLES.items()
        for title in map(fold, titles)
        if title in header
    }
    if all(column in by_title for column in NEEDED) and ("organizer" in by_title or "rooms" in by_title):
        return by_title
    example = rows[1] if len(rows) > 1 else []
    if len(header) != COLUMNS or len(example) != COLUMNS:
        return None
    is_day = [
        dates.read_day(example[POSITIONS[name]], order) for name in ("start_day", "end_day") for order in dates.ORDERS
    ]
    is_time = [dates.read_time(example[POSITIONS[name]]) for name in ("start_time", "end_time")]
    if not (any(is_day[:2]) and any(is_day[2:]) and all(time is not None for time in is_time)):
        return None
    tail = {column: place for column, place in by_title.items() if place > POSITIONS["rooms"]}
    if "private" not in tail:
        words = {row[POSITIONS["all_day"]] for row in rows[1:] if len(row) == COLUMNS} - {""}
        alike = [place for place in range(13, COLUMNS) if len(example) > place and example[place] in words]
        tail |= {"private": alike[0]} if len(alike) == 1 else {}
    return POSITIONS | tail


def _rows(path: Path, sink: Sink | None) -> Iterator[tuple[int, list[str]]]:
    found = delimited.records(path, sink=sink)
    next(found, None)
    return found


def _write(row: _Row, look: _Look, sink: Sink, *, spellings: Spellings, seen: set[str], zone: str) -> str | None:
    """Write one meeting; return why it does not count."""
    if look.is_set(row, "private") or _SECRET.match(row.cell("sensitivity")):
        return "private"
    if _CANCELLED.match(row.cell("subject")):
        return "cancelled"
    first, last = look.order.day(row.cell("start_day")), look.order.day(row.cell("end_day") or row.cell("start_day"))
    if first is None or last is None:
        return "no date that can be read"
    is_all_day = look.is_set(row, "all_day")
    start, end = dates.read_time(row.cell("start_time")), dates.read_time(row.cell("end_time"))
    if not is_all_day and (start is None or end is None):
        return "no time that can be read"
    rooms = {_person(item, spellings, sink) for item in row.people("rooms")}
    organizer = next((_person(item, spellings, sink) for item in row.people("organizer")), "")
    invited = [*row.people("required"), *row.people("optional")]
    people = [
        person for person in dict.fromkeys(_person(item, spellings, sink) for item in invited) if person not in rooms
    ]
    everyone = list(dict.fromkeys([*([organizer] if organizer and organizer not in rooms else []), *people]))
    if len(everyone) < 2:
        return "nobody else invited"
    if is_all_day or start is None or end is None:
        started_at, ended_at = first.isoformat(), last.isoformat()
    else:
        started_at, ended_at = (
            dates.utc(datetime.combine(day, clock), zone) for day, clock in ((first, start), (last, end))
        )
    if ended_at < started_at:
        return "ends before it starts"
    key = hashlib.blake2b("\n".join([started_at, ended_at, *sorted(everyone)]).encode(), digest_size=10).hexdigest()
    if key in seen:
        sink.merged("second copy of a meeting")
        return None
    seen.add(key)
    for person in everyone:
        sink.owner(person)
        values = {"meeting_id": f"outlook-{key}", "started_at": started_at, "ended_at": ended_at, "attendee_id": person}
        sink.row("meetings", values | ({"organizer_id": organizer} if organizer in everyone else {}))
    return None


def _person(text: str, spellings: Spellings, sink: Sink) -> str:
    """Return the address in a name, or the name in the one spelling of this file."""
    address = _ADDRESS.search(text)
    if address is None:
        return spellings.of(text)
    sink.name(address[0], re.sub(r"[<(\[]?" + re.escape(address[0]) + r"[>)\]]?", "", text).strip(" '\""))
    return address[0].lower()
