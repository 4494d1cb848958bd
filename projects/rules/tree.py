"""Paths of the tree of nodes: the ids of a node and its ancestors, eight digits a level.

A path holds our own ids, not positions, so it survives re-ordering and can key history.
The root of a tree has the path of one id.
"""

WIDTH = 8  # digits a level
_LARGEST_ID = 10**WIDTH - 1


def child_path(parent_path: str, node_id: int) -> str:
    """The path of node `node_id` under `parent_path` ("" for a root). ValueError for an id that does not fit."""
    if not 0 < node_id <= _LARGEST_ID:
        raise ValueError(f"Node id {node_id} does not fit in {WIDTH} digits")
    return f"{_checked(parent_path)}{node_id:0{WIDTH}d}"


def depth(path: str) -> int:
    """How many levels the path has: 1 for a root, 0 for the empty path."""
    return len(_checked(path)) // WIDTH


def ids_of(path: str) -> tuple[int, ...]:
    """The ids along the path, root first, the node itself last."""
    return tuple(int(path[start : start + WIDTH]) for start in range(0, len(_checked(path)), WIDTH))


def parent_path(path: str) -> str:
    """The path of the parent; "" for a root."""
    return _checked(path)[:-WIDTH]


def ancestors_of(path: str) -> tuple[str, ...]:
    """The paths of the ancestors, root first, without the node itself."""
    return tuple(path[:end] for end in range(WIDTH, len(_checked(path)), WIDTH))


def is_within(path: str, top: str) -> bool:
    """Whether `path` is `top` or lies below it."""
    return _checked(path).startswith(_checked(top))


def subtree_range(path: str) -> tuple[str, str]:
    """(low, high) such that low <= p < high holds for the node and all below it, and for nothing else.

    Every digit sorts before "a", in each collation we run on, so an index answers this.
    """
    return path, f"{_checked(path)}a"


def moved(path: str, old_parent: str, new_parent: str) -> str:
    """The path after its ancestor's move from below `old_parent` to below `new_parent`.

    ValueError if the path is not below `old_parent`, or if a node would come to lie below itself.
    """
    if path == old_parent or not is_within(path, old_parent):
        raise ValueError("The path is not below the parent it is moved from")
    mover = path[: len(old_parent) + WIDTH]
    if is_within(new_parent, mover):
        raise ValueError("A node cannot be moved below itself")
    return new_parent + path[len(old_parent) :]


def _checked(path: str) -> str:
    if len(path) % WIDTH or not ((path.isascii() and path.isdigit()) or path == ""):
        raise ValueError(f"Not a path of the tree: {path!r}")
    return path
