"""Where each product's export is found, and what to know before using one. The only place that has to follow the products."""

from __future__ import annotations

from dataclasses import dataclass

MAY_I = (
    "Your own calendar or mailbox shows your own contacts, and looking at them for yourself on your own machine is what this "
    "is made for; your employer's rules on taking data out of work systems still hold.",
    "Somebody else's export, or one of the whole company, needs their consent or a decision of those responsible for data "
    "protection and, where there is one, of the works council.",
)


@dataclass(frozen=True)
class ClickPath:
    """How to get one export.

    Parameters
    ----------
    product
        Product and version.
    gives
        What comes out.
    steps
        What to click, in order.
    """

    product: str
    gives: str
    steps: tuple[str, ...]


CLICK_PATHS = (
    ClickPath(
        "Outlook for Windows (classic)",
        "calendar CSV",
        (
            "File", "Open & Export", "Import/Export", "Export to a file", "Comma Separated Values", "Calendar",
            "choose a file, then a year as the date range",
        ),
    ),
    ClickPath(
        "New Outlook and Outlook on the web",
        "calendar ICS (there is no CSV)",
        (
            "Settings", "Calendar", "Shared calendars", "Publish a calendar", "Can view all details", "Publish",
            "open the ICS link and save the file", "unpublish again",
        ),
    ),
    ClickPath(
        "Outlook for Mac",
        "calendar ICS or mail as mbox",
        ("select all events in the calendar's list view and drag them to a folder", "drag a mail folder to the desktop"),
    ),
    ClickPath(
        "Google Calendar",
        "zip of ICS files",
        ("calendar.google.com", "gear", "Settings", "Import & export", "Export"),
    ),
    ClickPath(
        "Gmail",
        "zip with an mbox",
        (
            "takeout.google.com", "Deselect all", "tick Mail", "All Mail data included: choose Sent and Inbox for a smaller file",
            "Next step", "Create export", "download when the mail arrives",
        ),
    ),
    ClickPath(
        "Apple Calendar",
        "calendar ICS",
        ("select the calendar", "File", "Export", "Export…"),
    ),
    ClickPath(
        "Apple Mail and Thunderbird",
        "mbox",
        (
            "Apple Mail: select a mailbox, Mailbox, Export Mailbox",
            "Thunderbird: Account settings, Local directory, the file without ending",
        ),
    ),
    ClickPath(
        "Slack (workspace owners)",
        "zip",
        ("workspace name", "Tools & settings", "Workspace settings", "Import/Export Data", "Export", "Start export"),
    ),
    ClickPath(
        "Microsoft Teams (organisers)",
        "attendance report CSV, one per meeting",
        ("open the meeting in the calendar", "Attendance", "Download"),
    ),
    ClickPath(
        "Zoom (hosts)",
        "participants CSV",
        (
            "zoom.us", "Reports", "Usage", "number of participants", "untick Show unique users",
            "tick Export with meeting data", "Export",
        ),
    ),
    ClickPath(
        "Microsoft 365 (administrators)",
        "message trace CSV",
        ("admin.exchange.microsoft.com", "Mail flow", "Message trace", "Start a trace", "Enhanced summary report"),
    ),
    ClickPath(
        "Google Workspace (administrators)",
        "e-mail log search or Meet log CSV",
        ("admin.google.com", "Reporting", "Audit and investigation", "Gmail log events or Meet log events", "Export all"),
    ),
    ClickPath(
        "Viva Insights (analysts)",
        "person-to-person query CSV",
        ("Viva Insights advanced", "Analysis", "Custom query", "Person-to-person", "Run", "Results", "Download"),
    ),
)  # fmt: skip
