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
  const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
  list.onclick = ({ target }) => target.matches("[role=tab]") && select(target);
  list.onkeydown = (event) => {
    if (!(event.key in step)) return;
    event.preventDefault();
    const at = tabs.indexOf(document.activeElement) + step[event.key];
    const next = Number.isFinite(at) ? (at + tabs.length) % tabs.length : at > 0 ? tabs.length - 1 : 0;
    tabs[next].focus();
    select(tabs[next]);
  };
  select(tabs.find((tab) => tab.getAttribute("aria-controls") === first) ?? tabs[0]);
}
