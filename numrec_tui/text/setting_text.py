"""A setting's value as a person writes it."""


def setting_text(value: object) -> str:
    """on, off, 512,256, none, 0.05, one cycle."""
    match value:
        case bool():
            return "on" if value else "off"
        case tuple():
            return ",".join(map(str, value)) or "none"
        case float():
            return f"{value:g}"
        case _:
            return str(value).replace("_", " ")


def change_text(name: str, before: object, after: object) -> str:
    """A change of a setting: "batch size 64→512"."""
    return f"{name.replace('_', ' ')} {setting_text(before)}→{setting_text(after)}"
