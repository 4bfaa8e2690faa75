/** Before anything is drawn: the theme that was chosen last, where it is not the system's. */

const chosen = localStorage.getItem("theme");
if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
