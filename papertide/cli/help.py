"""What --help prints: usage, what the command does, its options, examples; no boxes, no cuts."""

import inspect

from rich.text import Text
from typer.core import TyperArgument, TyperCommand, TyperGroup

from papertide.cli.output import NARROW, out, print_wrapped

_LEFT = 26  # columns at the most that names may take beside what they mean


class _Helped:
    def format_help(self, context, formatter) -> None:
        """Print the help here: the formatter knows neither colours nor our examples."""
        _print(self, context)


class Command(_Helped, TyperCommand):
    """A command; its epilog is examples, one a line."""


class Group(_Helped, TyperGroup):
    """A group of commands; without one of them it shows its help."""

    def parse_args(self, context, args: list[str]) -> list[str]:
        if not args and not context.resilient_parsing:
            args = ["--help"]
        return super().parse_args(context, args)


def _print(command, context) -> None:
    parameters = [held for held in command.get_params(context) if not held.hidden]
    arguments = [held for held in parameters if isinstance(held, TyperArgument)]
    options = [held for held in parameters if not isinstance(held, TyperArgument)]
    _usage(command, context, arguments, options)
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        out.print()
        print_wrapped(Text(" ".join(paragraph.split())))
    for title, rows in _commands(command, context).items():
        _section(title, rows)
    _section("Arguments", [(held.metavar or held.name, held.help or "", "") for held in arguments])
    _section("Options", [(_names(held), held.help or "", _note(held)) for held in options])
    if command.epilog:
        out.print(Text("\nExamples", style="bold"))
        for line in command.epilog.splitlines():
            # Never wrapped: an example is there to be copied.
            style = "dim" if line.startswith("#") else ""
            out.print(Text(f"  {line}", style=style), soft_wrap=True)


def _usage(command, context, arguments, options) -> None:
    words = [context.command_path]
    words += ["[OPTIONS]"] if options else []
    words += [held.metavar or held.name.upper() for held in arguments]
    words += ["COMMAND"] if isinstance(command, TyperGroup) else []
    print_wrapped(Text(" ".join(words)), Text("Usage: ", "bold"))


def _commands(command, context) -> dict[str, list[tuple[str, str, str]]]:
    """The commands of a group, by the heading they belong under."""
    sections: dict[str, list[tuple[str, str, str]]] = {}
    for name, held in getattr(command, "commands", {}).items():
        if not held.hidden:
            about = inspect.cleandoc(held.help or "").split("\n\n")[0]
            title = held.rich_help_panel or "Commands"
            sections.setdefault(title, []).append((name, " ".join(about.split()), ""))
    return sections


def _names(option) -> str:
    names = ", ".join(sorted([*option.opts, *option.secondary_opts], key=len))
    if option.is_flag:
        return names
    choices = option.type_descriptor.choices
    return f"{names} {option.metavar or ('|'.join(choices) if choices else option.name.upper())}"


def _note(option) -> str:
    notes = []
    if option.show_default and not option.is_flag and option.default not in (None, "", ()):
        notes.append(f"default: {option.default}")
    if option.envvar and option.show_envvar:
        notes.append(f"or {option.envvar}")
    return f" [{'; '.join(notes)}]" if notes else ""


def _section(title: str, rows: list[tuple[str, str, str]]) -> None:
    """Names and what they mean: beside them, or below where there is no room."""
    if not rows:
        return
    out.print(Text(f"\n{title}", style="bold"))
    left = min(_LEFT, max(len(name) for name, *_ in rows)) + 4
    if out.width < NARROW:
        left = 6
    for name, about, note in rows:
        beside = Text("  ").append(name, style="cyan")
        if len(name) + 4 > left:
            out.print(beside, soft_wrap=True)
            beside = Text()
        beside.append(" " * (left - len(beside)))
        print_wrapped(Text(about).append(note, style="dim"), beside)
