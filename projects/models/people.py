"""Posts, teams and the roles people hold; and the one question of who may see which nodes."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from projects.models.base import Owned, Versioned, WrittenDateField, exempt_now
from projects.rules.access import Permission, Role, roles_with
from projects.rules.tree import subtree_range

ROLE_LABELS = {
    Role.OFFICER: "Officer",
    Role.SPONSOR: "Sponsor",
    Role.PMO: "PMO",
    Role.CLERK: "Committee clerk",
    Role.DIRECTOR: "Director",
    Role.ADMINISTRATOR: "Administrator",
    Role.MEMBER: "Member",
    Role.READER: "Reader",
}
ROLES = [(role.value, label) for role, label in ROLE_LABELS.items()]


class Team(Owned, Versioned):
    name = models.CharField(max_length=200)
    node = models.ForeignKey("projects.Node", null=True, blank=True, on_delete=models.PROTECT, related_name="teams")
    is_archived = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Post(Owned, Versioned):
    """A post, not a person: reports name posts. `holder` is who signs in for it, where anyone does."""

    title = models.CharField(max_length=200)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="posts")
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="posts"
    )
    funding = models.CharField(max_length=200, blank=True)
    funded_until = WrittenDateField("funded until")
    is_archived = models.BooleanField(default=False)

    class Meta:
        ordering = ["title"]

    def __str__(self):
        return self.title


class GrantQuerySet(models.QuerySet):
    def active_on(self, day):
        """Grants in force on `day` (both ends included)."""
        return self.filter(
            models.Q(starts_on=None) | models.Q(starts_on__lte=day),
            models.Q(ends_on=None) | models.Q(ends_on__gte=day),
        )


class Grant(Owned, Versioned):
    """A role held on a node and so on everything beneath it; a deputy's has dates."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="grants")
    node = models.ForeignKey("projects.Node", on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=ROLES)
    board = models.ForeignKey("projects.Board", null=True, blank=True, on_delete=models.PROTECT, related_name="grants")
    deputy_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "node", "role", "board", "deputy_for"], name="grant_once"),
            models.CheckConstraint(
                condition=models.Q(starts_on=None)
                | models.Q(ends_on=None)
                | models.Q(ends_on__gte=models.F("starts_on")),
                name="grant_dates_run_forward",
            ),
        ]

    def __str__(self):
        return f"{self.get_role_display()} on {self.node}"


def active_grants(user):
    """The grants of `user` in force today, kept on the user object for the length of a request.

    Security uses the real date, never an organisation's demonstration date.
    """
    if not user.is_authenticated or not user.is_active:
        return []
    if not hasattr(user, "_active_grants"):
        user._active_grants = list(
            Grant.objects.filter(user=user).active_on(timezone.localdate()).select_related("node")
        )
    return user._active_grants


def read_grants(users) -> None:
    """Read the active grants of several users in one query, where `active_grants` finds them."""
    users = [user for user in users if not hasattr(user, "_active_grants")]
    held = Grant.objects.filter(user__in=users).active_on(timezone.localdate()).select_related("node")
    by_user = {user.pk: [] for user in users}
    for grant in held:
        by_user[grant.user_id].append(grant)
    for user in users:
        user._active_grants = by_user[user.pk]


def granted_paths(user, permission: Permission) -> list[str]:
    """Paths of the highest nodes on which `user` holds `permission`; what lies beneath is included."""
    roles = {role.value for role in roles_with(permission)}
    paths = sorted({grant.node.path for grant in active_grants(user) if grant.role in roles})
    highest = []
    for path in paths:
        if not highest or not path.startswith(highest[-1]):
            highest.append(path)
    return highest


def node_filter(user, permission: Permission, prefix: str = "") -> models.Q:
    """Rows whose node (behind `prefix`, e.g. "node__") lies where `user` holds `permission`."""
    reach = models.Q(pk__in=[])
    for path in granted_paths(user, permission):
        low, high = subtree_range(path)
        reach |= models.Q(**{f"{prefix}path__gte": low, f"{prefix}path__lt": high})
    return reach


def open_to(user, *exemptable: str, node: str = "node__") -> models.Q:
    """Rows that are not exempt today, or whose node (behind `node`) lies where `user` may see exempt items.

    `exemptable` are the prefixes of what may carry the mark: "" the row itself, "node__" its node.
    The real date decides, never an organisation's demonstration date.
    """
    today = timezone.localdate()
    hidden = models.Q()
    for prefix in exemptable:
        hidden |= exempt_now(today, prefix)
    return node_filter(user, Permission.VIEW_EXEMPT, node) | ~hidden
