// Says what became of a passkey that was not made or not used; else only the console would.
function wrongAddress() {
  const { hostname, port, pathname } = window.location;
  if (/^[\d.]+$/.test(hostname)) {
    return `Browsers make no passkeys for an address in numbers. Open http://localhost:${port}${pathname} instead.`;
  }
  return "Passkeys do not work at this address of the product.";
}

document.addEventListener("allauth.error", (event) => {
  const problems = {
    InvalidStateError: "This passkey is on your account already.",
    NotAllowedError: "No passkey was used: it was cancelled, or took too long.",
    SecurityError: wrongAddress(),
    NotSupportedError: "This device cannot make passkeys.",
  };
  const { exception } = event.detail;
  const place = document.getElementById("passkey-problem");
  place.textContent = problems[exception.name] ?? `That did not work: ${exception.message}`;
  place.hidden = false;
  event.preventDefault();
});
