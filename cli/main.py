"""The `plotproof` command and its subcommands."""

import typer

from cli import accounts, computing, ending, remote
from cli.demo import demo
from cli.inspecting import repair, validate
from cli.layers import layers
from cli.private_run import run
from cli.serve import serve

app = typer.Typer(
    name="plotproof",
    help="Per-plot deforestation evidence from a file of farm plots.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # locals hold tokens and passwords
)
for command in (
    demo,
    serve,
    run,
    validate,
    repair,
    layers,
    remote.submit,
    remote.progress,
    computing.stats,
    remote.fetch,
    remote.collections,
    remote.rejections,
    ending.cancel,
    ending.delete,
    accounts.login,
):
    app.command()(command)
user = typer.Typer(help="Users of a server.", no_args_is_help=True)
user.command("add")(accounts.add_user)
app.add_typer(user, name="user")

if __name__ == "__main__":
    app()
