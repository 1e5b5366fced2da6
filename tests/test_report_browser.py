"""The page in real headless Chromium: no errors, no requests, filters, search and drill-down, hostile names inert."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from report_samples import IMAGE, PEOPLE, SCRIPT, TOLD, hostile, large, programme_planned, replanned, told

import auditmatch as am
from auditmatch import whatif
from auditmatch.whatif import Frontier

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
selenium = pytest.importorskip("selenium.webdriver", reason="needs selenium: pip install 'auditmatch[test]'")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver on the path"),
]
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-dev-shm-usage",
        "--disable-extensions",
    ),
)


class Page:
    """A page open in the browser, asked by CSS selectors."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def all(self, selector: str) -> list[Any]:
        return list(self.driver.find_elements("css selector", selector))

    def one(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def texts(self, selector: str) -> list[str]:
        return [each.text for each in self.all(selector)]

    def run(self, code: str, *given: Any) -> Any:
        return self.driver.execute_script(code, *given)

    def click(self, element: Any) -> None:
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def choose(self, section: str, label: str, text: str) -> None:
        code = """const [section, label, text] = arguments;
        const labels = [...document.querySelectorAll(section + ' .control')];
        const control = labels.find((each) => each.firstChild.textContent === label).querySelector('select');
        control.value = [...control.options].find((each) => each.textContent === text).value;
        control.dispatchEvent(new Event('change'));"""
        self.run(code, section, label, text)

    def search(self, section: str, text: str) -> None:
        box = self.one(f"{section} input[type=search]")
        box.clear()
        box.send_keys(text)
        time.sleep(0.3)  # the page waits until typing pauses

    def complaints(self) -> list[Any]:
        return list(self.driver.get_log("browser"))

    def requests(self) -> set[str]:
        events = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        sent = (e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent")
        return {url.partition(":")[0] for url in sent}


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from selenium.webdriver.chrome.service import Service

    options = selenium.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    made = selenium.Chrome(options=options, service=Service(str(DRIVER)))
    yield made
    made.quit()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    sample = large(200, 40)
    before, after = replanned()
    line = Frontier((whatif.hire("N1"),), (after, after))
    reasons = [am.explain(after.problem, after.plan, name) for name in after.unserved + after.deferred]
    year, planned = programme_planned()
    return {
        "hostile": am.report.html(hostile(), folder / "hostile.html", explanations=TOLD),
        "chinese": am.report.html(hostile(), folder / "chinese.html", explanations=TOLD, lang="zh"),
        "changed": am.report.html(after, folder / "changed.html", explanations=reasons, before=before, frontier=line),
        "sample": am.report.html(sample, folder / "sample.html", explanations=told(sample)),
        "year": am.report.html(planned, folder / "year.html", programme=year, lang="zh"),
    }


@pytest.fixture
def show(driver: Any, files: dict[str, Path]) -> Iterator[Callable[..., Page]]:
    def opened(name: str | Path, wide: int = 1400, high: int = 900) -> Page:
        size = {"width": wide, "height": high, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        driver.get_log("browser"), driver.get_log("performance")
        driver.get((files[name] if isinstance(name, str) else name).as_uri())
        page = Page(driver)
        assert page.run("return document.body.dataset.ready") == "true"
        pages.append(page)
        return page

    pages: list[Page] = []
    yield opened
    for page in pages[-1:]:
        assert page.complaints() == []
        requests = page.requests()
        assert "file" in requests  # the page itself: the log does tell
        assert requests <= {"file", "data"}


def test_names_that_are_markup_stay_text(show: Callable[..., Page]) -> None:
    page = show("hostile")
    assert page.run("return typeof window.hacked") == "undefined"
    assert page.run("return document.images.length + document.querySelectorAll('i b, td script').length") == 0
    assert IMAGE in page.one("#left").text
    assert SCRIPT in page.one("#left").text
    assert "<b>QMS</b>" in page.texts("#matching th[scope=row]")
    assert any(SCRIPT in title for title in (e.get_attribute("title") for e in page.all(".gantt-name")))


def test_the_policy_stops_a_script_that_gets_in_all_the_same(show: Callable[..., Page]) -> None:
    page = show("hostile")
    code = "const s = document.createElement('script'); s.textContent = 'window.hacked = 1'; document.body.append(s);"
    page.run(code)
    assert page.run("return typeof window.hacked") == "undefined"
    assert any("Content Security Policy" in entry["message"] for entry in page.complaints())


def test_key_figures_are_shown(show: Callable[..., Page]) -> None:
    text = " ".join(show("hostile").one("#overview").text.split())
    for shown in ("2 of 4 audits served", "hopeless 1", "1,200", "800", "50%", "1.3 s"):
        assert shown in text


def test_bars_stand_where_their_dates_are(show: Callable[..., Page]) -> None:
    page = show("hostile")
    names = page.texts(".gantt-name b")
    assert names == list(PEOPLE)
    rows = [
        [bar.get_attribute("aria-label").split(",")[0] for bar in row.find_elements("css selector", ".bar")]
        for row in page.all(".gantt-row")
    ]
    assert rows == [["V1", "V0"], ["V1", "V2"], ["V2"], []]
    # 14 days fill the chart, so V1 (1.5 days from the first morning) takes 1.5 / 14 of it.
    code = """const at = (selector) => document.querySelector(selector).getBoundingClientRect();
    const [bar, scale] = [at('.bar'), at('.gantt-scale')];
    return [(bar.left - scale.left) / scale.width, bar.width / scale.width];"""
    where = page.run(code)
    assert where[0] == pytest.approx(0, abs=0.002)
    assert where[1] == pytest.approx(1.5 / 14, abs=0.002)
    assert len(page.all(".bar.lead")) == 3
    assert len(page.all(".bar.intern")) == 1
    assert len(page.all(".bar.fixed")) == 1
    assert len(page.all(".gantt-row .away")) == 2


def test_search_marks_audits_clients_and_people(show: Callable[..., Page]) -> None:
    page = show("hostile")
    page.search("#plan", "v2")
    assert page.texts(".gantt-name b") == [PEOPLE[1], PEOPLE[2]]
    assert len(page.all(".bar:not(.dim)")) == 2
    assert page.one("#plan-count").text == "Audits 1, auditors 2"
    page.search("#plan", PEOPLE[3].lower())  # who has no booking, and whose name differs from another's by case alone
    assert page.texts(".gantt-name b") == [PEOPLE[2], PEOPLE[3]]
    page.search("#plan", "onerror")  # a client of V1 and V0, and the name of an auditor
    assert page.texts(".gantt-name b") == list(PEOPLE[:3])
    page.search("#plan", "no such thing")
    assert page.texts(".gantt-name b") == []
    assert "Nothing matches." in page.one("#plan").text
    page.click(next(button for button in page.all("#plan .plain") if button.text == "Clear"))
    assert len(page.texts(".gantt-name b")) == 4


def test_filters_by_field_kind_and_place_work_together(show: Callable[..., Page]) -> None:
    page = show("hostile")
    page.choose("#plan", "Kind", "stage 1")
    assert page.texts(".gantt-name b") == [PEOPLE[1], PEOPLE[2]]
    page.choose("#plan", "Place", "Shaanxi <i>")
    assert page.texts(".gantt-name b") == []
    page.choose("#plan", "Kind", "all")
    assert page.texts(".gantt-name b") == [PEOPLE[0], PEOPLE[1]]
    page.choose("#plan", "Field", "<b>QMS</b>")
    assert page.texts(".gantt-name b") == [PEOPLE[0], PEOPLE[1]]


def test_a_chosen_bar_tells_its_team_and_window(show: Callable[..., Page]) -> None:
    page = show("hostile")
    page.click(page.one(".bar"))
    text = page.one("#plan .detail").text
    for shown in ("V1", "surveillance", "Mon 4 Jan am – Tue 5 Jan am", "2027-01-15", "王芳 (member)", "03.04.02"):
        assert shown in text
    assert len(page.all(".bar.picked")) == 2
    page.click(page.one("#plan .detail .plain"))
    assert page.all(".bar.picked") == []


def test_a_tip_follows_the_pointer(show: Callable[..., Page]) -> None:
    page = show("hostile")
    selenium.ActionChains(page.driver).move_to_element(page.one(".bar")).perform()
    assert "surveillance" in page.one(".tip").text
    assert IMAGE in page.one(".tip").text


def test_zoom_widens_days_and_scrolls(show: Callable[..., Page]) -> None:
    page = show("sample")
    width = "return document.querySelector('.day').getBoundingClientRect().width"
    before = page.run(width)
    page.click(page.one("#plan button[title='Zoom in']"))
    assert page.run(width) == pytest.approx(1.4 * before, rel=0.01)
    page.choose("#plan", "Zoom", "1 week")
    assert page.run(width) == pytest.approx(96, abs=60)
    assert page.run("const g = document.querySelector('.gantt'); return g.scrollWidth > g.clientWidth")


def test_the_plan_is_a_table_as_well(show: Callable[..., Page]) -> None:
    page = show("sample")
    page.click(page.one("#plan button[data-view=table]"))
    assert not page.one(".gantt").is_displayed()
    assert len(page.all("#plan tbody tr")) == 50
    page.click(page.one("#plan .more"))
    assert len(page.all("#plan tbody tr")) == len(large(200, 40).served)
    page.click(page.one("#plan thead button"))
    page.click(page.one("#plan thead button"))
    names = page.texts("#plan tbody td:first-child")
    assert names == sorted(names, reverse=True)


def test_only_rows_in_view_exist(show: Callable[..., Page]) -> None:
    page = show("sample")
    assert len(page.all(".gantt-row")) < 40
    page.run("document.querySelector('.gantt').scrollTop = 1e6")
    time.sleep(0.2)
    assert page.texts(".gantt-name b")[-1] == "P0040"


def test_a_cell_opens_down_to_small_classes(show: Callable[..., Page]) -> None:
    page = show("hostile")
    cell = next(button for button in page.all(".heat") if "03" in button.get_attribute("aria-label"))
    page.click(cell)
    panel = page.one("#inside")
    assert panel.find_element("css selector", "h3").text == "<b>QMS</b> · Large class 03"
    assert page.texts("#inside tbody th") == ["Large class 03", "03.04"]
    page.click(page.all("#inside button.opener")[1])
    assert page.texts("#inside tbody th") == ["Large class 03", "03.04", "03.04.01", "03.04.02"]
    first = page.texts("#inside tbody tr:nth-child(3) td")
    assert first[0] == "2"  # A1
    assert first[2] == "3"  # A2
    page.click(page.all("#inside button.opener")[1])
    assert page.texts("#inside tbody th") == ["Large class 03", "03.04"]
    page.click(page.one("#inside .plain"))
    assert not panel.is_displayed()


def test_audits_left_out_sort_and_search(show: Callable[..., Page]) -> None:
    page = show("hostile")
    assert page.texts("#left td:first-child b") == [SCRIPT, "V4", "V5"]
    page.click(page.all("#left thead button")[1])  # by status: deferred, unserved, hopeless
    assert page.texts("#left td:first-child b") == ["V4", SCRIPT, "V5"]
    page.choose("#left", "Status", "hopeless")
    assert page.texts("#left td:first-child b") == ["V5"]
    page.choose("#left", "Status", "all")
    page.search("#left", "service")
    assert page.texts("#left td:first-child b") == ["V5"]
    assert page.one("#left-count").text == "1 of 3"


def test_load_and_cost_say_their_numbers(show: Callable[..., Page]) -> None:
    page = show("hostile")
    assert page.texts("#load .amount") == ["2.5 of 10 d\n25%", "2.5 of 10 d\n25%", "1 of 8.5 d\n12%", "0 of 5 d\n0%"]
    assert page.texts("#cost .terms .who b") == ["unserved", "deferral", "travel", "lateness"]
    assert page.texts("#cost .terms .amount")[0].split() == ["1,000", "83.3%"]
    page.search("#load", "王芳")
    assert page.texts("#load .who b") == [PEOPLE[1]]


def test_chinese_pages_speak_chinese(show: Callable[..., Page]) -> None:
    page = show("chinese")
    assert page.one("h1").text == "审核计划"
    assert page.texts("nav a")[:3] == ["概览", "计划", "未安排"]
    assert "监督审核" in page.one("#plan .legend").text
    assert "reason zh" in page.one("#left").text
    # Chinese letters are drawn by a font that has them: as wide as they are high.
    code = """const range = document.createRange(); range.selectNodeContents(document.querySelector('h1'));
    return range.getBoundingClientRect().width;"""
    wide = page.run(code)
    assert wide > 4 * 20


@pytest.mark.parametrize("width", [420, 800, 1400])
def test_no_window_makes_the_page_scroll_sideways(show: Callable[..., Page], width: int) -> None:
    page = show("sample", width, 800)
    assert page.run("return document.documentElement.scrollWidth") <= width


def test_print_shows_every_row(show: Callable[..., Page]) -> None:
    page = show("sample")
    page.run("dispatchEvent(new Event('beforeprint'))")
    assert len(page.all(".gantt-row")) == 40
    page.run("dispatchEvent(new Event('afterprint'))")
    assert len(page.all(".gantt-row")) < 40


def test_2000_audits_open_and_filter_fast(show: Callable[..., Page], tmp_path: Path) -> None:
    result = large(2000, 300)
    path = am.report.html(result, tmp_path / "plan.html", explanations=told(result))
    began = time.monotonic()
    page = show(path)
    assert time.monotonic() - began < 3
    code = """const box = document.querySelector('#plan select'); const t = performance.now();
    box.selectedIndex = 1; box.dispatchEvent(new Event('change')); return performance.now() - t;"""
    assert page.run(code) < 500


def test_a_chart_that_fills_the_window_follows_it(show: Callable[..., Page]) -> None:
    page = show("sample")
    filled = "const g = document.querySelector('.gantt'); return g.scrollWidth - g.clientWidth"
    assert page.run(filled) <= 1
    size = {"width": 900, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    time.sleep(0.2)
    assert page.run(filled) <= 1
    assert page.run("return document.querySelector('.gantt-scale').getBoundingClientRect().width") > 500


def test_what_changed_since_the_last_plan_is_told_and_marked(show: Callable[..., Page]) -> None:
    before, after = replanned()
    changes = before.changes(after.plan)
    page = show("changed")
    assert page.one("#changes-count").text == f"{len(changes)} of {len(changes)}"
    rows = page.texts("#changes tbody tr")
    assert len(rows) == len(changes)
    assert all(change.audit in row for change, row in zip(changes, rows, strict=True))
    removed = [change for change in changes if change.kind == "removed"]
    page.choose("#changes", "Change", "removed" if removed else changes[0].kind)
    assert len(page.all("#changes tbody tr")) == len(removed) or not removed
    assert len(page.all(".bar.changed")) > 0
    page.search("#changes", changes[0].tell[0])
    page.choose("#changes", "Change", "all")
    assert all(changes[0].tell[0] in row for row in page.texts("#changes tbody tr"))


def test_a_click_on_an_audit_left_out_opens_its_funnel_and_what_was_tried(show: Callable[..., Page]) -> None:
    _, after = replanned()
    told = [am.explain(after.problem, after.plan, name) for name in after.unserved + after.deferred]
    one = next(each for each in told if each.remedies and each.funnel)
    page = show("changed")
    page.search("#left", one.audit)
    assert not page.one("#left tbody tr:first-child .funnel").is_displayed()
    page.click(page.one("#left tbody tr:first-child summary"))
    assert page.texts("#left tbody tr:first-child .funnel b") == [str(stage.count) for stage in one.funnel]
    assert page.texts("#left tbody tr:first-child .tried li") == [remedy.tried() for remedy in one.remedies]


def test_steps_of_a_frontier_tell_served_and_cost(show: Callable[..., Page]) -> None:
    _, after = replanned()
    page = show("changed")
    rows = page.texts("#frontier li")
    assert len(rows) == 2
    assert "as it is" in rows[0]
    assert "hire N1" in rows[1]
    assert f"{len(after.served)} of" in rows[1]
    assert not show("sample").all("#frontier, #changes")


@pytest.mark.parametrize("width", [1400, 390])
def test_the_programme_tells_months_traces_and_what_cannot_be_placed(show: Callable[..., Page], width: int) -> None:
    year, _ = programme_planned()
    page = show("year", wide=width)
    assert page.run("return document.documentElement.scrollWidth") <= width
    months = [float(text.replace(",", "")) for text in page.texts("#programme .bars .amount")]
    assert sum(months) == pytest.approx(float(year.register.audits["person_days"].sum()), abs=0.1 * len(months))
    name = str(year.register.audits["audit_id"][3])
    page.search("#programme", name)
    page.click(page.one("#programme tbody tr:first-child summary"))
    told = [page.one("#programme tbody tr:first-child summary").text, *page.texts("#programme tbody tr:first-child li")]
    assert told == list(year.trace(name))
    assert "无法安排" in page.one("#programme").text
    assert year.lost[0].certificate in page.one("#programme").text
    assert not show("sample").all("#programme")


@pytest.mark.parametrize("width", [1400, 390])
def test_the_page_with_changes_does_not_scroll_sideways(show: Callable[..., Page], width: int) -> None:
    page = show("changed", wide=width)
    for each in page.all("#left summary")[:2]:
        page.click(each)
    assert page.run("return document.documentElement.scrollWidth <= window.innerWidth")
