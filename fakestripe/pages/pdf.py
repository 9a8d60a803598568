"""A small PDF by hand: lines of text and rules on A4, in the fonts every reader has.

ISO 32000-1, 7.5 (file structure) and 9.6.2.2 (the standard fonts). Letters that Western
European encoding has not become question marks.
"""

WIDTH, HEIGHT = 595, 842
"""A4 in points; the methods below count from the upper left corner."""
REGULAR, BOLD = "F1", "F2"
GRAY, BLACK = "0.36 0.39 0.47", "0.1 0.12 0.21"
# Widths of Helvetica in thousandths of the size, of what stands in an amount.
NARROW = {" ": 278, ",": 278, ".": 278, "-": 333, "I": 278, "J": 500}
CAPITAL, USUAL = 700, 556


class Pdf:
    def __init__(self, title: str) -> None:
        self.title = title
        self._pages: list[list[bytes]] = [[]]

    def new_page(self) -> None:
        self._pages.append([])

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: int = 10,
        font: str = REGULAR,
        color: str = BLACK,
    ) -> None:
        """Text from `x` on, standing on `y`."""
        start = f"BT /{font} {size} Tf {color} rg {x:.2f} {HEIGHT - y:.2f} Td ("
        self._put(start.encode() + _escaped(text) + b") Tj ET")

    def amount(
        self, x: float, y: float, text: str, *, size: int = 10, font: str = REGULAR
    ) -> None:
        """Text that ends at `x`."""
        self.text(x - _width(text) * size / 1000, y, text, size=size, font=font)

    def rule(self, x: float, y: float, width: float) -> None:
        top = HEIGHT - y
        self._put(f"0.87 0.89 0.92 RG {x} {top} m {x + width} {top} l S".encode())

    def render(self) -> bytes:
        """The file: objects one after the other, and where each of them starts."""
        contents = [b"\n".join(commands) for commands in self._pages]
        # 1 the catalog, 2 the pages, 3 and 4 the fonts, 5 the title; then two for each
        # page: itself and what stands on it.
        kids = " ".join(f"{6 + 2 * n} 0 R" for n in range(len(contents)))
        objects = [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode(),
            _font("Helvetica"),
            _font("Helvetica-Bold"),
            b"<< /Title (" + _escaped(self.title) + b") >>",
        ]
        for n, content in enumerate(contents):
            objects += [_page(7 + 2 * n), _stream(content)]
        return _file(objects)

    def _put(self, command: bytes) -> None:
        self._pages[-1].append(command)


def _file(objects: list[bytes]) -> bytes:
    body, starts = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        starts.append(len(body))
        body += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = "".join(f"{start:010} 00000 n \n" for start in starts)
    size = len(objects) + 1
    tail = (
        f"xref\n0 {size}\n0000000000 65535 f \n{table}"
        f"trailer\n<< /Size {size} /Root 1 0 R /Info 5 0 R >>\n"
        f"startxref\n{len(body)}\n%%EOF\n"
    )
    return body + tail.encode()


def _page(content: int) -> bytes:
    fonts = f"/{REGULAR} 3 0 R /{BOLD} 4 0 R"
    return (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}]"
        f" /Resources << /Font << {fonts} >> >> /Contents {content} 0 R >>"
    ).encode()


def _font(name: str) -> bytes:
    return (
        f"<< /Type /Font /Subtype /Type1 /BaseFont /{name}"
        " /Encoding /WinAnsiEncoding >>"
    ).encode()


def _stream(content: bytes) -> bytes:
    length = f"<< /Length {len(content)} >>".encode()
    return length + b"\nstream\n" + content + b"\nendstream"


def _escaped(text: str) -> bytes:
    """A literal string, 7.3.4.2; WinAnsi is the code page 1252."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    raw = printable.encode("cp1252", "replace")
    for mark in (b"\\", b"(", b")"):
        raw = raw.replace(mark, b"\\" + mark)
    return raw


def _width(text: str) -> int:
    return sum(NARROW.get(c, CAPITAL if c.isupper() else USUAL) for c in text)
