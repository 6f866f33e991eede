"""The guide to plasticity, docs/plasticity.md: `python docs/plasticity.py` runs it and writes the page anew.

Needs the extra `plot`. About half a minute on one core.
"""

# %% tags=["hide-input"]
from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from page import Page

from plastic_core import ConnectionsConfig, Network, PlasticRecurrent, RecurrentConfig, network, rules, statistics
from plastic_core.engines.catalogue import ENGINES
from plastic_core.trace.catalogue import TRACINGS

HERE = Path(__file__).resolve()
options = argparse.ArgumentParser(description="Run the guide and write its page.")
options.add_argument("--batches", type=int, default=80, help="batches of episodes to train each network on")
options.add_argument("--into", type=Path, default=HERE.parent, help="folder of the page")
chosen = options.parse_args()
page = Page(HERE, chosen.into)
torch.set_num_threads(1)
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#888888"


def heat(axes: Axes, values: np.ndarray, title: str, largest: float | None = None) -> None:
    """Signed numbers as colours, white for zero."""
    end = largest or float(np.abs(values).max()) or 1.0
    image = axes.imshow(values, cmap="RdBu_r", vmin=-end, vmax=end, interpolation="nearest", aspect="equal")
    axes.set(title=title, xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.figure.colorbar(image, ax=axes, shrink=0.75, ticks=[-end, 0, end], format="%.2g")


# %% [markdown]
# # Plasticity, step by step
#
# A network usually learns slowly: many examples, small steps, and then its weights are fixed. A *plastic* network
# goes on learning while it is used. Each connection from neuron i to neuron j has two parts,
#
#     weight of the connection  =  w_ij + alpha_ij * H_ij
#
# The *slow* part, w and alpha, comes from training and is the same for everyone. The *trace* H starts at zero,
# belongs to one stream of data alone, and changes at every tick by what the two neurons just did. So one trained
# network serves any number of streams, and each stream has a memory of its own.
#
# This page is made by [plasticity.py](plasticity.py), where the imports and the drawing are: each number and figure
# below was computed by the code beside it.
#
# ## What a trace is
#
# A rule says how one synapse changes when the neuron before it was at x and the neuron behind it is now at y. Three
# of them:
#
#     Hebb       H <- (1 - eta) H + eta x y          what fires together; the past fades
#     Oja        H <- H + eta y (x - y H)            fades only when the neuron behind is active
#     clipped    H <- clip(H + eta x y, -1, 1)       never fades, and fills up
#
# Here is one synapse under each of them. The two neurons are active together, then one alone, then against each
# other.

# %%
x, y = np.zeros(70), np.zeros(70)
x[5:20], y[5:20] = 1, 1  # together
x[30:40] = 1  # the one before, alone
x[50:60], y[50:60] = 1, -1  # against each other
eta = 0.1
traces = {}
for name in ("hebb", "oja", "clipped"):
    rule, H = rules.RULES[name], np.zeros((1, 1, 1))  # one stream, one synapse
    traces[name] = []
    for t in range(70):
        drive = rule.drive(np.full((1, 1), y[t]), np.ones((1, 1)))
        H = rules.written(H, np.full((1, 1), x[t]), drive, leak=eta, rate=eta)
        H = rules.bounded(H) if rule.bounded else H
        traces[name].append(H.item())

# %% tags=["hide-input"]
figure, (above, below) = plt.subplots(2, 1, figsize=(7, 3.4), sharex=True, height_ratios=[1, 2])
above.step(range(70), x, where="mid", color=GREY, label="x, before")
above.step(range(70), y, where="mid", color="black", ls="--", lw=1.2, label="y, behind")
above.set(ylabel="activity", yticks=[-1, 0, 1], ylim=(-1.2, 1.2))
above.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
for name, colour in zip(traces, (BLUE, GREEN, ORANGE), strict=True):
    below.plot(traces[name], color=colour, lw=1.8, label={"hebb": "Hebb", "oja": "Oja"}.get(name, name))
below.axhline(0, color=GREY, lw=0.6)
below.set(ylabel="trace H", xlabel="tick", ylim=(-1.1, 1.1), yticks=[-1, 0, 1])
for start, end, label in [(5, 20, "together"), (30, 40, "x alone"), (50, 60, "against")]:
    below.axvspan(start - 0.5, end - 0.5, color=GREY, alpha=0.12, lw=0)
    below.text((start + end - 1) / 2, -1.02, label, ha="center", va="bottom", color="#444444")
below.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
page.figure(figure, "synapse", "One synapse under three rules: activity of its two neurons above, its trace below")

# %% [markdown]
# All three learn the coincidence and unlearn it when the neurons disagree. They differ in what they do meanwhile: Hebb
# fades with every tick, also in silence; Oja keeps its trace as long as the neuron behind is silent; the clipped rule
# adds up until it meets its end. On a stream that never ends a trace has to fade, or there comes a day when there is
# no room left. In an episode that ends soon nothing has to.
#
# ## One association
#
# Six neurons: two hear a bell, two see food, two see a door open. Nothing is wired: w is zero. Only synapses *from*
# the bell to the others count, alpha is 1 there and 0 elsewhere. Two streams use this network. In the first the bell
# comes with food, in the second with the door.

# %%
bell, food, door = np.eye(3, dtype=np.float32).repeat(2, axis=1)  # each [N = 6]: which neurons see it
nothing = 0 * bell
alpha = np.outer(bell, food + door)
eta = np.full((1, 6), 0.3, np.float32)
net = Network(
    rule="hebb",
    input=3 * np.eye(6, dtype=np.float32),
    recurrent=np.zeros((6, 6), np.float32),
    bias=nothing,
    alpha=alpha,
    leak=eta,
    rate=eta,
)
session = ENGINES["reference"]().open(net, network.blank(net, 2))
moments = ["bell", "bell", "quiet", "both", "both", "both", "quiet", "bell", "bell"]
first = {"bell": bell, "quiet": nothing, "both": bell + food}
second = {"bell": bell, "quiet": nothing, "both": bell + door}

lived, held = [], []
page.say("           first stream: bell with food        second stream: bell with door")
page.say("tick        bell   food   door  bell->food     bell   food   door  bell->door")
for tick, moment in enumerate(moments):
    activity = session.advance(np.stack([first[moment], second[moment]])[None])[0]  # [B = 2, N = 6]
    trace = session.state().trace  # [B, N, N]
    mine, other = (f"{h[0]:5.2f}  {h[2]:5.2f}  {h[4]:5.2f}" for h in activity)
    page.say(f"{tick} {moment:<8} {mine}       {trace[0, 0, 2]:5.2f}    {other}       {trace[1, 0, 4]:5.2f}")
    lived.append(activity)
    held.append(trace)

# %% tags=["hide-input"]
figure, axes = plt.subplots(2, 2, figsize=(7, 3.9), width_ratios=[2.2, 1])
groups = ["bell", "food", "door"]
for stream, (title, row) in enumerate(zip(("first stream", "second stream"), axes, strict=True)):
    image = row[0].imshow(np.array(lived)[:, stream].T, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
    row[0].set(title=f"{title}: activity", yticks=[0.5, 2.5, 4.5], yticklabels=groups, xticks=[])
    row[0].axhline(1.5, color="white", lw=2)
    row[0].axhline(3.5, color="white", lw=2)
    row[0].spines[:].set_visible(False)
    row[0].tick_params(length=0)
    figure.colorbar(image, ax=row[0], shrink=0.75, ticks=[-1, 0, 1])
    heat(row[1], held[-1][stream], f"{title}: trace", 1.0)
    row[1].set(yticks=[0.5, 2.5, 4.5], yticklabels=groups, xticks=[0.5, 2.5, 4.5], xticklabels=groups)
axes[1, 0].set_xticks(range(len(moments)), moments)
page.figure(
    figure, "association", "Two streams of one network: what their neurons did, and the traces they were left with"
)
page.facts |= {"before": lived[1][0, 2], "after": lived[-1][0, 2], "other": lived[-1][0, 4]}

# %% [markdown]
# At first the bell means nothing: the food neurons stay at {before:.2f}. While bell and food come together, each tick
# moves the trace between them by a share eta = 0.3 towards x y. The first tick of both writes nothing yet, since x is
# the activity of the tick *before*, and then there was silence: what is learned is what follows what. When the bell
# comes back alone, the food neurons reach {after:.2f} one tick later, the door neurons {other:.2f}. In the second
# stream it is the other way round. Same weights, two memories, one example each.
#
# The traces at the right also hold bell to bell and food to bell. They were written as any other, but alpha is zero
# there: nobody reads them. Which traces are worth reading, and how strongly, is what training finds out.
#
# ## Completing a pattern
#
# Now a network that learns to learn. In each episode it sees three patterns of 144 random bits it has never met, one
# after the other, then one of them again with half of its bits erased. It has to say the whole. No fixed weight knows
# anything about such patterns, because no two episodes share one; the trace has to be written, then read (Miconi,
# Clune and Stanley 2018, here with fewer neurons and patterns). Its twin with the rule `none` has the same neurons,
# the same seed and the same training.

# %%
SIDE, PATTERNS, SHOWN, PAUSE, ASKED = 12, 3, 4, 2, 6
N = SIDE * SIDE


def episodes(count: int, erased: float, generator: torch.Generator) -> tuple[torch.Tensor, ...]:
    """Inputs [T, B, N], the patterns [K, B, N], the one asked for [B, N] and which bits of it are gone, bool[B, N]."""
    patterns = torch.randint(0, 2, (PATTERNS, count, N), generator=generator).float() * 2 - 1
    wanted = patterns[torch.randint(0, PATTERNS, (count,), generator=generator), torch.arange(count)]
    gone = torch.rand(count, N, generator=generator) < erased
    ticks: list[torch.Tensor] = []
    for pattern in patterns:
        ticks += [pattern] * SHOWN + [torch.zeros_like(pattern)] * PAUSE
    ticks += [wanted * ~gone] * ASKED
    return torch.stack(ticks), patterns, wanted, gone


def wrong_bits(answer: torch.Tensor, wanted: torch.Tensor, gone: torch.Tensor) -> float:
    """Percent of the erased bits whose sign is wrong."""
    return 100 * float((answer.detach().sign() != wanted)[gone].float().mean())


def trained(rule: str) -> tuple[PlasticRecurrent, list[float]]:
    """A network after training, and its wrong bits on the way."""
    connections = ConnectionsConfig(rule, alpha="synapse", eta_start=0.05, alpha_gain=1.0)
    cell = PlasticRecurrent(RecurrentConfig(N, N, connections, input="direct", input_scale=5.0), seed=0)
    optimizer, generator = torch.optim.Adam(cell.parameters(), lr=0.003), torch.Generator().manual_seed(1)
    wrong: list[float] = []
    for _ in range(chosen.batches):
        inputs, _, wanted, gone = episodes(16, 0.5, generator)
        activity, _ = cell(inputs, cell.begin(16, TRACINGS["adjoint"]))
        optimizer.zero_grad()
        (activity[-1] - wanted).square().mean().backward()
        optimizer.step()
        wrong.append(wrong_bits(activity[-1], wanted, gone))
    return cell, wrong


plastic, plastic_wrong = trained("clipped")
fixed, fixed_wrong = trained("none")

shares = [0.1, 0.3, 0.5, 0.7, 0.9]
found: dict[str, list[float]] = {"plastic": [], "fixed": []}
for share in shares:
    inputs, _, wanted, gone = episodes(100, share, torch.Generator().manual_seed(7))
    for name, cell in (("plastic", plastic), ("fixed", fixed)):
        with torch.no_grad():
            found[name].append(wrong_bits(cell(inputs)[0][-1], wanted, gone))
page.say("wrong bits among those erased, in percent, 100 new episodes each")
page.say("share erased    " + "".join(f"{100 * share:8.0f}%" for share in shares))
for name, values in found.items():
    page.say(f"{name:<16}" + "".join(f"{value:9.1f}" for value in values))

# %% tags=["hide-input"]
figure, (left, right) = plt.subplots(1, 2, figsize=(7, 2.8), sharey=True)
for values, colour, name in [(fixed_wrong, ORANGE, "fixed weights"), (plastic_wrong, BLUE, "plastic")]:
    left.plot(np.arange(1, len(values) + 1) * 16, values, color=colour, lw=1.5, label=name)
left.set(
    xlabel="episodes of training", ylabel="wrong bits among those erased, %", ylim=(0, 60), title="learning to learn"
)
for name, colour in [("fixed", ORANGE), ("plastic", BLUE)]:
    right.plot([100 * share for share in shares], found[name], "o-", color=colour, lw=1.5)
right.set(xlabel="bits erased, %", title="after training", xticks=[100 * share for share in shares])
for panel in (left, right):
    panel.axhline(50, color=GREY, lw=0.8, ls=":")
right.text(90, 51.5, "guessing", color=GREY, ha="right")
left.legend(frameon=False, loc="center right", bbox_to_anchor=(1, 0.62))
page.figure(figure, "wrong_bits", "Wrong bits with and without plasticity, during training and by how much is erased")
half = shares.index(0.5)
page.facts |= {"plastic": found["plastic"][half], "fixed": found["fixed"][half], "most": found["plastic"][-1]}
page.facts |= {"trained_on": 16 * chosen.batches}

# %% [markdown]
# After {trained_on} episodes the plastic network gets {plastic:.1f}% of the erased bits wrong, the one with fixed
# weights {fixed:.1f}%, which is guessing. With nine bits of ten erased it is still at {most:.1f}%.
#
# One episode as pictures:

# %% tags=["hide-input"]
inputs, patterns, wanted, gone = episodes(1, 0.5, torch.Generator().manual_seed(11))
with torch.no_grad():
    answer, state = plastic(inputs)
    guess = fixed(inputs)[0]
asked_for = int((patterns[:, 0] == wanted[0]).all(1).nonzero().item())
pictures = [(f"shown: {k + 1}", patterns[k, 0]) for k in range(PATTERNS)]
pictures += [("asked", inputs[-1, 0]), ("plastic says", answer[-1, 0]), ("fixed says", guess[-1, 0])]
figure, panels = plt.subplots(1, len(pictures), figsize=(7.6, 1.75))
for k, (panel, (title, values)) in enumerate(zip(panels, pictures, strict=True)):
    panel.imshow(values.reshape(SIDE, SIDE), cmap="RdBu_r", vmin=-1.4, vmax=1.4, interpolation="nearest")
    panel.set(title=title, xticks=[], yticks=[])
    panel.spines[:].set_visible(k == asked_for)
    panel.spines[:].set(color="black", linewidth=2)
for k, said in ((4, answer), (5, guess)):
    errors = ((said[-1, 0].sign() != wanted[0]) & gone[0]).reshape(SIDE, SIDE)
    rows, columns = errors.nonzero(as_tuple=True)
    panels[k].plot(columns, rows, "x", color="black", ms=4.5, mew=1.2)
    panels[k].set_xlabel(f"{int(errors.sum())} of {int(gone.sum())} wrong")
panels[3].set_xlabel("white: erased")
page.figure(
    figure, "episode", "One episode: three patterns, half of the framed one, and what two networks say; x marks errors"
)

# %% [markdown]
# ## Where the memory is
#
# The slow weights of the plastic network and the trace of that one episode. The neurons stand in the order of the
# bits of the pattern asked for, those at -1 first; the pictures show every third.

# %%
order = np.argsort(wanted[0].numpy(), kind="stable")
slow, remembered = plastic.network(), plastic.fast(state)
w, alpha, H = (values[np.ix_(order, order)] for values in (slow.recurrent, slow.alpha, remembered.trace[0]))
bits = wanted[0].numpy()[order]
alike, self_made = np.equal.outer(bits, bits), np.eye(N, dtype=bool)
page.say(f"trace between neurons that agree in the pattern asked for:  {H[alike & ~self_made].mean():+.2f}")
page.say(f"trace between neurons that do not:                          {H[~alike].mean():+.2f}")
page.say(f"alpha, mean (0 at the start):                               {alpha[~self_made].mean():+.3f}")
page.say(f"share of alphas above 0 (half at the start):                {100 * (alpha > 0).mean():.0f}%")
page.say(f"w of a neuron onto itself, mean (0 at the start):           {w[self_made].mean():+.3f}")
page.say(f"alpha * H of a neuron onto itself, mean:                    {(alpha * H)[self_made].mean():+.3f}")

# %% tags=["hide-input"]
figure, panels = plt.subplots(1, 4, figsize=(9, 2.3))
for panel, (title, values) in zip(
    panels, [("w", w), ("alpha", alpha), ("H", H), ("alpha * H", alpha * H)], strict=True
):
    heat(panel, values[::3, ::3], title, float(np.quantile(np.abs(values), 0.99)))
panels[0].set(ylabel="from neuron", xlabel="to neuron")
page.figure(figure, "weights", "w, alpha, one trace and what of it is read, between every third neuron")
page.facts |= {
    "agree": H[alike & ~self_made].mean(),
    "disagree": H[~alike].mean(),
    "positive": 100 * (alpha > 0).mean(),
}
page.facts |= {"w_self": w[self_made].mean(), "read_self": (alpha * H)[self_made].mean()}

# %% [markdown]
# w shows next to nothing: about random patterns there is nothing to know in advance. Its one visible line is the
# diagonal. A neuron's trace onto itself is positive whatever it does, so it tells nothing about the pattern and can
# only hold the neuron to what it just was. Training turned both against that: w is {w_self:+.3f} there, alpha * H
# {read_self:+.3f}. Elsewhere alpha has moved up from a mean of zero, {positive:.0f}% of it is positive: what fired
# together should support each other. The trace shows the pattern as four blocks, {agree:+.2f} within and
# {disagree:+.2f} across, under the weave of the two other patterns. Half of a pattern, read through these blocks,
# calls up its other half.
#
# ## From training to use
#
# What was trained is numbers, and every engine runs them. A trace can be looked after like any other vital sign.

# %%
session = ENGINES["reference"]().open(slow, network.blank(slow, 1))
said = session.advance(inputs.numpy())
health = statistics(slow, session.state(), said)
page.say(f"engine and module agree to 1e-3:  {np.allclose(said, answer.numpy(), atol=1e-3)}")
page.say(f"norm of the trace:                {health.norm[0]:.1f}, at most {N}")
page.say(f"synapses at their ends:           {100 * health.saturated_synapses[0]:.0f}%")
page.say(f"effective rank of the activity:   {health.rank[0]:.1f}, of three patterns")

# %% [markdown]
# The rules, with equations and sources, are in [plastic_core/README.md](../plastic_core/README.md).

# %% tags=["hide-input"]
page.write()
