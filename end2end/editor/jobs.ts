/** The lines of the rendered job lead to where they come from: by a click, or with the arrow keys and Enter. */

const LINE = ".rendered [data-pointer]";

/** Lets the lines be gone through. `go` gets the pointer, the origin, and what finds the text of another line. */
export function following(go: (pointer: string, origin: string, name: (entry: string) => string) => void): () => void {
  const follow = (line: HTMLElement) => {
    const all = [...document.querySelectorAll<HTMLElement>(LINE)];
    const name = (entry: string) => {
      const found = all.find(({ dataset }) => dataset.pointer === `${entry}/name`)?.textContent ?? "";
      return found.replace(/^[\s-]*name: /, "").trim().replace(/^"(.*)"$/, "$1");
    };
    go(line.dataset.pointer ?? "", line.dataset.origin ?? "", name);
  };
  const lineOf = (event: Event) => (event.target as Element | null)?.closest?.<HTMLElement>(LINE) ?? null;
  const click = (event: Event) => {
    const line = lineOf(event);
    // Who marks text wants to copy it.
    if (line && !document.getSelection()?.toString()) follow(line);
  };
  const key = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement | null;
    if (!target?.closest?.(".rendered pre")) return;
    const line = lineOf(event);
    if (event.key === "Enter" && line) follow(line);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") step(line, event.key === "ArrowDown" ? 1 : -1);
    else return;
    event.preventDefault();
  };
  document.addEventListener("click", click);
  document.addEventListener("keydown", key);
  return () => {
    document.removeEventListener("click", click);
    document.removeEventListener("keydown", key);
  };
}

function step(from: HTMLElement | null, by: number): void {
  const all = [...document.querySelectorAll<HTMLElement>(LINE)];
  const next = all[from ? all.indexOf(from) + by : 0];
  next?.setAttribute("tabindex", "-1");
  next?.setAttribute("role", "link");
  next?.focus();
}
