"use strict";
// Passkeys: the one thing on these pages that a browser does only by script. Bytes travel in base64url.

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const written = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const options = (id) => JSON.parse(document.getElementById(id).textContent);
const named = (ids) => ids.map((id) => ({ type: "public-key", id: bytes(id) }));

// Let a button ask for a credential, put what came into the form's field, and send the form.
function use(button, problem, ask, field) {
  const form = button.form;
  button.addEventListener("click", async () => {
    problem.textContent = "";
    if (!form.reportValidity()) {
      return;
    }
    if (!window.PublicKeyCredential) {
      problem.textContent = button.dataset.unknown;
      return;
    }
    button.disabled = true;
    try {
      form.elements[field].value = JSON.stringify(await ask());
      form.submit();
    } catch (error) {
      problem.textContent = error.name === "SecurityError" ? button.dataset.unknown : button.dataset.failed;
      button.disabled = false;
      button.focus();
    }
  });
}

const approve = document.getElementById("approve-passkey");
if (approve) {
  const given = options("approve-options");
  const ask = async () => {
    const made = await navigator.credentials.get({
      publicKey: {
        challenge: bytes(given.challenge),
        rpId: given.rpId,
        allowCredentials: named(given.allow),
        userVerification: "required",
      },
    });
    return {
      id: made.id,
      data: written(made.response.authenticatorData),
      client: written(made.response.clientDataJSON),
      signature: written(made.response.signature),
    };
  };
  use(approve, document.getElementById("approve-problem"), ask, "approve-credential");
}

const enrol = document.getElementById("enrol-passkey");
if (enrol) {
  const given = options("enrol-options");
  const ask = async () => {
    const made = await navigator.credentials.create({
      publicKey: {
        challenge: bytes(given.challenge),
        rp: given.rp,
        user: { ...given.user, id: bytes(given.user.id) },
        pubKeyCredParams: given.algorithms.map((alg) => ({ type: "public-key", alg })),
        excludeCredentials: named(given.exclude),
        authenticatorSelection: { userVerification: "required", residentKey: "discouraged" },
        attestation: "none",
      },
    });
    return {
      id: made.id,
      rawId: made.id,
      type: "public-key",
      response: {
        clientDataJSON: written(made.response.clientDataJSON),
        attestationObject: written(made.response.attestationObject),
      },
    };
  };
  use(enrol, document.getElementById("enrol-problem"), ask, "enrol-credential");
}
