"""Names of clusters: distinctive, whole, in the spelling of papers, none a part of another."""

import numpy as np

from papertide.topics.labels import ALSO, labels


def named(groups, share=lambda word: 0.0):
    titles = [title for group in groups for title in group]
    of = np.array([n for n, group in enumerate(groups) for _ in group])
    return labels(titles, of, share)


ROBOTS = ["Speculative decoding for Robot Grasping", "Robot Grasping using large models",
          "Towards robust Robot Grasping", "Robot Grasping: a survey"]  # fmt: skip
GRAPHS = ["Graph Neural Networks for molecules", "Expressive Graph Neural Networks",
          "What Graph Neural Networks cannot", "A Graph Neural Network for traffic"]  # fmt: skip


def test_names_are_phrases_of_their_own():
    first, second = named([ROBOTS, GRAPHS])
    assert first[0] == "Robot Grasping"
    assert second[0] == "Graph Neural Networks"  # whole, in the commonest spelling
    assert all(len(names) <= ALSO + 1 for names in (first, second))


def test_no_name_is_a_part_of_another():
    more = [["Neural Networks of spikes", "Spiking Neural Networks", "Neural Networks that spike",
             "Fast Neural Networks"]]  # fmt: skip
    for groups in ([GRAPHS, *more], [GRAPHS, GRAPHS], [ROBOTS, ROBOTS, GRAPHS]):
        keys = [set(names[0].lower().split()) for names in named(groups)]
        assert not any(a <= b for a in keys for b in keys if a is not b), keys


def test_a_word_of_a_compound_is_a_part_of_it():
    agents = [f"Agents that {word}" for word in ("plan", "walk", "talk", "sing")]
    several = [f"Multi-Agent {word}" for word in ("chess", "poker", "games", "auctions")]
    names = {names[0] for names in named([agents, several])}
    assert not {"Agents", "Multi-Agent"} <= names


def test_what_says_nothing_is_no_name():
    empty = [f"Towards using large models for a novel framework {n}" for n in range(5)]
    found = named([empty, ROBOTS])
    assert found[0] == ["Topic 1"]
    assert found[1][0] == "Robot Grasping"


def test_what_all_papers_say_is_worth_less():
    titles = [f"Learning xylophones, image {n}" for n in range(6)]
    shares = {"image": 0.3, "xylophone": 0.0, "xylophones": 0.0}
    assert named([titles, ROBOTS], lambda word: shares.get(word, 0.001))[0][0] == "Xylophones"


def test_a_name_does_not_go_over_a_colon():
    titles = [f"Grasping: Robots that hold {n}" for n in range(5)]
    assert "Grasping: Robots" not in named([titles, GRAPHS])[0]


def test_a_name_begins_with_a_capital_but_keeps_its_own():
    for written, name in (("iPhone sensors", "iPhone sensors"), ("event cameras", "Event cameras")):
        titles = [written, f"{written} 2", f"{written} 3"]
        assert named([titles, GRAPHS])[0][0] == name


def test_odd_titles():
    odd = ["", "$", "\u202e", "注意力机制", "注意力机制", "x" * 5000, "<b>bold</b> & <script>"]
    assert len(named([odd, GRAPHS])) == 2
    assert labels([], np.zeros(0, np.int64)) == []
    assert labels(["a", "b"], np.array([-1, -1])) == []
