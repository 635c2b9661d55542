// What stands at the end of each command's help: examples, and what they leave open.
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
inline constexpr const char* kMintExamples =
    R"(Examples:
  turnpike mint --config turnpike.yaml --participant alice --url turn:turn.example.org
  turnpike mint --livekit-config livekit.yaml --participant PA_1 --url turns:example.org --ttl 60

The keys of the configuration are options, too: see --help-all.
)";
inline constexpr const char* kProbeExamples =
    R"(Examples:
  turnpike probe stun:stun.example.org
  turnpike probe turn:turn.example.org turns:turn.example.org --username alice --password secret
  turnpike probe "turn:turn.example.org?transport=tcp" -u alice -w secret --peer self --json
)";

}  // namespace turnpike::app
