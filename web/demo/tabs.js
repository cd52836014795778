// tabs.js -- two views of one list, as the tab pattern of ARIA has it: arrows, Home, End.

/** onShow(id of the panel), also once for the first. */
export function setUpTabs(list, first, onShow) {
  const tabs = [...list.querySelectorAll("[role=tab]")];
  const select = (chosen) => {
    for (const tab of tabs) {
      const on = tab === chosen;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !on;
    }
    onShow(chosen.getAttribute("aria-controls"));
  };
  const count = tabs.length;
  const moves = {
    ArrowRight: (at) => (at + 1) % count,
    ArrowLeft: (at) => (at + count - 1) % count,
    Home: () => 0,
    End: () => count - 1,
  };
  list.onclick = ({ target }) => target.matches("[role=tab]") && select(target);
  list.onkeydown = (event) => {
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    const next = tabs[move(tabs.indexOf(document.activeElement))];
    next.focus();
    select(next);
  };
  select(tabs.find((tab) => tab.getAttribute("aria-controls") === first) ?? tabs[0]);
}
