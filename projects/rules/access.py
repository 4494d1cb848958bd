"""Who may do what: roles, permissions and the table between them (design: access).

Pure data. A role is held on a node of the tree and reaches everything beneath it; what a
role may do is this table and nothing else.
"""

from enum import StrEnum


class Role(StrEnum):
    """A role granted on a node. Deputies hold the same roles with dates."""

    OFFICER = "officer"
    SPONSOR = "sponsor"
    PMO = "pmo"
    CLERK = "clerk"
    DIRECTOR = "director"
    ADMINISTRATOR = "administrator"
    MEMBER = "member"
    READER = "reader"


class Permission(StrEnum):
    """What a view or an action requires."""

    VIEW_PUBLISHED = "view_published"  # published reports and nothing else
    VIEW_EXEMPT = "view_exempt"  # exempt items as well
    VIEW_RECORD = "view_record"  # drafts, registers, history: the working record
    EXPORT = "export"  # documents and workbooks of the working record
    EDIT_DRAFT = "edit_draft"
    SUBMIT = "submit"
    SIGN_OFF = "sign_off"
    APPROVE = "approve"  # approve, return, publish, correct
    PUBLISH = "publish"
    EDIT_REGISTER = "edit_register"
    RAISE_CHANGE = "raise_change"
    DECIDE_CHANGE = "decide_change"
    IMPORT = "import"
    IMPORT_PAST = "import_past"  # past periods as approved reports
    EDIT_COMMITTEE_REPORT = "edit_committee_report"
    ASSEMBLE_PACK = "assemble_pack"  # of what may be read there; publishing is another matter
    PUBLISH_PAPERS = "publish_papers"  # committee reports and packs
    VIEW_AUDIT = "view_audit"
    MANAGE_SETTINGS = "manage_settings"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_STRUCTURE = "manage_structure"


_READS_RECORD = {Permission.VIEW_PUBLISHED, Permission.VIEW_RECORD, Permission.VIEW_EXEMPT, Permission.EXPORT}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.READER: frozenset({Permission.VIEW_PUBLISHED}),
    Role.MEMBER: frozenset({Permission.VIEW_PUBLISHED, Permission.VIEW_EXEMPT}),
    Role.OFFICER: frozenset(
        _READS_RECORD | {Permission.EDIT_DRAFT, Permission.SUBMIT, Permission.EDIT_REGISTER, Permission.RAISE_CHANGE}
    ),
    Role.SPONSOR: frozenset(_READS_RECORD | {Permission.SIGN_OFF, Permission.RAISE_CHANGE}),
    # Democratic services: the papers of meetings, their minutes and work programmes; nothing of the projects' own.
    Role.CLERK: frozenset(
        _READS_RECORD | {Permission.EDIT_COMMITTEE_REPORT, Permission.ASSEMBLE_PACK, Permission.PUBLISH_PAPERS}
    ),
    Role.DIRECTOR: frozenset(_READS_RECORD | {Permission.ASSEMBLE_PACK}),
    Role.PMO: frozenset(
        _READS_RECORD
        | {
            Permission.EDIT_DRAFT,
            Permission.SUBMIT,
            Permission.APPROVE,
            Permission.PUBLISH,
            Permission.EDIT_REGISTER,
            Permission.RAISE_CHANGE,
            Permission.DECIDE_CHANGE,
            Permission.IMPORT,
            Permission.IMPORT_PAST,
            Permission.EDIT_COMMITTEE_REPORT,
            Permission.ASSEMBLE_PACK,
            Permission.PUBLISH_PAPERS,
            Permission.VIEW_AUDIT,
        }
    ),
    Role.ADMINISTRATOR: frozenset(
        _READS_RECORD
        | {
            Permission.IMPORT,
            Permission.IMPORT_PAST,
            Permission.VIEW_AUDIT,
            Permission.MANAGE_SETTINGS,
            Permission.MANAGE_PEOPLE,
            Permission.MANAGE_STRUCTURE,
        }
    ),
}


def roles_with(permission: Permission) -> frozenset[Role]:
    """The roles that carry `permission`."""
    return frozenset(role for role, held in ROLE_PERMISSIONS.items() if permission in held)
