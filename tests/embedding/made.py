"""Made papers: each has words of its own and of its topic, shared by title and abstract."""

import random

TOPICS = 12


def papers(count: int = 400, seed: int = 0) -> list[tuple[str, str]]:
    chance = random.Random(seed)

    def word() -> str:
        return "".join(chance.choice("bdfgklmnprstvz") + chance.choice("aeiou") for _ in range(3))

    common = [word() for _ in range(40)]
    topics = [[word() for _ in range(30)] for _ in range(TOPICS)]
    rows = []
    for n in range(count):
        topic = topics[n % TOPICS]
        own = chance.sample(topic, 4)
        title = " ".join([*own[:2], chance.choice(topic), chance.choice(common)])
        lines = [
            " ".join(chance.choices(common, k=6) + chance.choices(own, k=3) + topic[n % 30 :][:1])
            for _ in range(4)
        ]
        rows.append((title.capitalize(), " ".join(line.capitalize() + "." for line in lines)))
    return rows
