// Shows the picker that the chosen scope needs, and hides the others. Without it all are shown.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const scope = document.querySelector("select#id_scope");
  if (!scope) return;
  const needed = {
    plan: ["plan"],
    workspace: ["workspace"],
    user: ["user"],
    rollout_percentage: ["global", "plan", "workspace"],
    rollout_unit: ["global", "plan"],
  };
  const show = () => {
    const kill = document.querySelector(".flag-kill");
    if (kill) kill.classList.toggle("hidden", scope.value !== "global");
    for (const [field, scopes] of Object.entries(needed)) {
      const row = document.querySelector(`.form-row.field-${field}`);
      if (row) row.classList.toggle("hidden", !scopes.includes(scope.value));
    }
  };
  scope.addEventListener("change", show);
  show();
});
