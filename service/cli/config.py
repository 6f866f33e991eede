"""`plastream config`: what is set, where it came from, and what can be set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import options
from service.cli.terminal import Output, table, terminal_of

if TYPE_CHECKING:
    from service.settings import Settings

app = typer.Typer(help="Look at the settings.", no_args_is_help=True)


@app.command()
def check(context: typer.Context, config: options.Config = None, sets: options.Sets = None) -> None:
    """Read all settings and say whether they are right."""
    options.load(config, sets=sets)
    terminal_of(context).say("the settings are right")


@app.command()
def show(
    context: typer.Context,
    config: options.Config = None,
    origin: Annotated[bool, typer.Option("--origin", help="Say where each value came from.")] = False,
    sets: options.Sets = None,
    output: options.Form = Output.TABLE,
) -> None:
    """Print the settings in force; secrets are masked. Without --origin it is a config file by itself."""
    loaded = options.load(config, sets=sets)
    terminal = terminal_of(context)
    sections = plain(loaded.settings)
    if not origin:
        terminal.data(sections, output)
        return
    rows = {f"{section}.{key}": value for section, group in sections.items() for key, value in group.items()}
    content = {key: {"value": value, "origin": loaded.origins[key]} for key, value in rows.items()}
    shown = [(key, value, loaded.origins[key]) for key, value in rows.items()]
    terminal.data(content, output, table(("setting", "value", "origin"), shown))


@app.command()
def schema(context: typer.Context, output: options.Form = Output.JSON) -> None:
    """Print what can be set, as JSON Schema for editors or as a table."""
    from service.settings import Settings, groups

    rows = [
        (f"{section}.{key}", field.get_default(call_default_factory=True, validated_data={}), field.description)
        for section, group in groups().items()
        for key, field in group.model_fields.items()
    ]
    terminal_of(context).data(Settings.model_json_schema(), output, table(("setting", "default", "meaning"), rows))


def plain(settings: Settings) -> dict[str, dict[str, Any]]:
    """The settings as JSON values, without those that are not set; secrets as asterisks."""
    sections: dict[str, dict[str, Any]] = settings.model_dump(mode="json", exclude_none=True)
    return {name: group for name, group in sections.items() if group}
