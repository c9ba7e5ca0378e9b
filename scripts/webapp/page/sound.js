/** One sound at a time: whatever starts to play ends what played before. */

/** Listen for every audio element of the page, those to come too. */
export function watchSound() {
  document.addEventListener(
    "play",
    ({ target }) => {
      for (const audio of document.querySelectorAll("audio")) if (audio !== target) audio.pause();
    },
    { capture: true },
  );
}
