using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "bare", worker = .bare),
    (name = "compat", worker = .compat),
  ],
);

const bare :Workerd.Worker = (
  modules = [(name = "worker.mjs", esModule = embed "worker.bundle.js")],
  compatibilityDate = "2026-01-01",
);

const compat :Workerd.Worker = (
  modules = [(name = "worker.mjs", esModule = embed "worker-nodejs-compat.bundle.js")],
  compatibilityDate = "2026-01-01",
  compatibilityFlags = ["nodejs_compat"],
);
