// The ends of the commands' help texts: examples, and what they leave open.
#pragma once

namespace turnpike::app {

inline constexpr const char* kExamples =
    R"(Examples:
  turnpike --credentials.rest_secrets north --relay.ports 50000-60000
  turnpike check --config turnpike.yaml
  turnpike mint --credentials.rest_secrets north --participant alice --url turn:turn.example.org
  turnpike probe turn:turn.example.org turns:turn.example.org --username alice --password secret

Each key of the configuration is an option, listed by --help-all, and an environment variable:
relay.ports is --relay.ports and TURNPIKE_RELAY_PORTS. Values are YAML: [A, B] is a list, for one of
one value the value alone will do, and {A: B} is a map.
)";
inline constexpr const char* kServeExamples =
    R"(Examples:
  turnpike serve --credentials.rest_secrets north --relay.ports 50000-60000
  turnpike serve --config turnpike.yaml --listen.tls '["0.0.0.0:443", "[::]:443"]'
  turnpike serve --livekit-config livekit.yaml --log.format json

The keys of the configuration are options, too: see --help-all.
)";
inline constexpr const char* kCheckExamples =
    R"(Examples:
  turnpike check --config turnpike.yaml
  turnpike check --livekit-config livekit.yaml --relay.ports 50000-60000

The keys of the configuration are options, too: see --help-all.
)";
inline constexpr const char* kImportExamples =
    R"(Examples:
  turnpike import-coturn /etc/turnserver.conf > turnpike.yaml
  turnpike check --config turnpike.yaml

Comments say what became of options that have no counterpart. Passwords, secrets and keys come
along, so keep what is printed as you keep the file. With a mistake in the file nothing is printed,
and the exit code is 2.
)";
inline constexpr const char* kMintExamples =
    R"(Examples:
  turnpike mint --config turnpike.yaml --participant alice --url turn:turn.example.org
  turnpike mint --livekit-config livekit.yaml --participant PA_1 --url turns:example.org --ttl 60

The keys of the configuration are options, too: see --help-all.
)";
inline constexpr const char* kProbeExamples =
    R"(Examples:
  turnpike probe --config turnpike.yaml
  turnpike probe --livekit-config livekit.yaml --insecure
  turnpike probe turn:turn.example.org turns:turn.example.org --username alice --password-file p
  turnpike probe "turn:turn.example.org?transport=tcp" -u alice --peer stun.example.org:3478 --json
  turnpike probe stun:stun.example.org

With a configuration the probe makes its own credential, and without a URI it tries every listener.
The keys of the configuration are options, too: see turnpike --help-all. The exit code is 0 if no
leg FAILED, 1 if one did, 2 for wrong options. A leg that the rules allow no peer is `allocated`.
)";

}  // namespace turnpike::app
