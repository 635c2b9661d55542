"""A page of /metrics as values: its metrics with kind and help, and their samples."""

import collections
import re

SAMPLE = re.compile(r"(?P<name>[a-z_]+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")
LABEL = re.compile(r'(\w+)="([^"\\]*)"')
OF_HISTOGRAM = re.compile(r"_(bucket|sum|count)$")


class Page:
    def __init__(self, text: str):
        self.helps, self.kinds, self.samples = {}, {}, {}
        self.in_order = []  # names and labels of the samples
        for line in text.splitlines():
            if line.startswith("# HELP "):
                name, self.helps[name] = line.removeprefix("# HELP ").split(" ", 1)
            elif line.startswith("# TYPE "):
                self.kinds[name] = line.removeprefix(f"# TYPE {name} ")
            else:
                sample = SAMPLE.fullmatch(line)
                assert sample, line
                labels = LABEL.findall(sample["labels"] or "")
                assert sample["name"] == name or self.kinds[name] == "histogram" and OF_HISTOGRAM.sub("", sample["name"]) == name, line
                key = sample["name"], frozenset(labels)
                assert key not in self.samples, f"twice: {line}"
                self.samples[key] = float(sample["value"])
                self.in_order.append((sample["name"], labels))

    def value(self, name: str, **labels: str) -> float:
        """The sum of the samples with these labels, whatever others they have."""
        found = [value for (other, has), value in self.samples.items() if other == name and has >= set(labels.items())]
        assert found, f"no {name} with {labels}"
        return sum(found)

    def labels(self, metric: str) -> dict[str, list[str]]:
        """The values of each label, in the order of the page."""
        values = collections.defaultdict(dict)
        for name, labels in self.in_order:
            if metric in (name, OF_HISTOGRAM.sub("", name)):
                for label, value in labels:
                    values[label][value] = None
        values.pop("le", None)
        return {label: list(seen) for label, seen in values.items()}
