// The options of turnpike-bench by group, and examples of their use.
#include "load/options.hpp"

#include <map>

#include "load/client.hpp"
#include "load/stamp.hpp"

namespace turnpike::bench {
namespace {

// Beyond it permissions would have to be refreshed (RFC 8656 9), which a run does not do.
constexpr double kSecondsMax = 240;

constexpr const char* kExamples =
    R"(Examples:
  turnpike-bench turn:turn.example.org:3478 -u alice -w secret
  turnpike-bench turn:192.0.2.1:3478 audio video -u alice -w secret --server-pid 4711 --json
  turnpike-bench turn:192.0.2.1:3478 audio -u alice -w secret --clients 200 --rate 50 --seconds 20
  turnpike-bench direct audio
  turnpike-bench --echo 192.0.2.2:7882
  turnpike-bench turn:192.0.2.1:3478 audio --peer 192.0.2.2:7882 -u alice -w secret
  turnpike-bench --list
)";

void add_clients_and_peers(CLI::App& app, Options& options) {
  const std::string group = "Clients and peers";
  app.add_option("-u,--username", options.username, "user name")->option_text("NAME")->group(group);
  app.add_option("-w,--password", options.password, "password")->option_text("PASSWORD")->group(group);
  app.add_option("--tls-port", options.tls_port, "port of the server's TLS; certificates are not judged")
      ->option_text("PORT")
      ->capture_default_str()
      ->group(group);
  app.add_option("--local", options.local, "address of clients (default: the route's)")
      ->option_text("ADDRESS")
      ->group(group);
  app.add_option("--peer-local", options.peer_local, "address of peers (default: that of clients)")
      ->option_text("ADDRESS")
      ->group(group);
  app.add_option("--peer-namespace", options.peer_namespace,
                 "network namespace of peers, as `ip netns` names it (default: that of clients)")
      ->option_text("NAME")
      ->group(group);
  app.add_option("--peer", options.peer,
                 "the peer of all clients is another process, which echoes (see --echo)")
      ->option_text("ADDRESS:PORT")
      ->group(group);
  app.add_option("--peer-port", options.peer_port,
                 "of the first peer, for a forwarder that must know it (default: any)")
      ->option_text("PORT")
      ->group(group);
}

void add_measurement(CLI::App& app, Options& options) {
  const std::string group = "Measurement";
  app.add_option("-s,--seconds", options.seconds, "measured")
      ->option_text("SECONDS")
      ->capture_default_str()
      ->check(CLI::Range(0.1, kSecondsMax))
      ->group(group);
  app.add_option("--warm-up", options.warm_up_s, "before what is measured")
      ->option_text("SECONDS")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 30.0))
      ->group(group);
  app.add_option("--cpu", options.cpu, "core to stay on")->option_text("CORE")->group(group);
  app.add_option("--server-pid", options.processes.server,
                 "process whose CPU and memory are the server's; may be repeated")
      ->option_text("PID")
      ->group(group);
  app.add_option("--peer-pid", options.processes.peer, "process whose CPU is that of --peer; may be repeated")
      ->option_text("PID")
      ->group(group);
}

void add_overrides(CLI::App& app, Options& options) {
  const std::string group = "Instead of what the scenario says";
  app.add_option("-n,--clients", options.overrides.clients, "clients in each part of it")
      ->option_text("N")
      ->check(CLI::PositiveNumber)
      ->group(group);
  app.add_option("--size", options.overrides.payload_bytes, "bytes of payload, a multiple of 4")
      ->option_text("BYTES")
      ->check(CLI::Range(kStampSize, kPayloadMax))
      ->group(group);
  app.add_option("--frame", options.overrides.frame_packets, "packets that leave at once")
      ->option_text("N")
      ->check(CLI::Range(1, 64))
      ->group(group);
  app.add_option("--rate", options.overrides.frames_per_s,
                 "frames a second of each client, in open loop; 0: closed loop")
      ->option_text("N")
      ->group(group);
  const std::map<std::string, Direction> directions{{"to_peer", Direction::to_peer},
                                                    {"to_client", Direction::to_client},
                                                    {"echo", Direction::echo},
                                                    {"pair", Direction::pair}};
  app.add_option("--direction", options.overrides.direction, "which way packets go")
      ->option_text("to_peer|to_client|echo|pair")
      ->transform(CLI::CheckedTransformer(directions))
      ->group(group);
  app.add_flag("--gso", options.segment, "UDP frames are sent as one (UDP_SEGMENT)")->group(group);
}

void add_echo(CLI::App& app, Options& options) {
  const std::string group = "In the place of an SFU";
  auto* echo = app.add_option("--echo", options.echo,
                              "send back what comes to this UDP address, until a signal ends it")
                   ->option_text("ADDRESS:PORT")
                   ->group(group);
  app.add_flag("--batch", options.batch, "many datagrams a system call, not one")->needs(echo)->group(group);
}

}  // namespace

void add_options(CLI::App& app, Options& options) {
  app.add_option("target", options.target,
                 "turn:HOST:PORT, forwarder:ADDRESS:PORT (no TURN) or direct (nothing in between)")
      ->option_text("TARGET");
  app.add_option("scenario", options.scenarios, "what to run, one after the other (see --list)")
      ->option_text("SCENARIO")
      ->capture_default_str();
  app.add_flag("--list", options.list, "print the scenarios");
  app.add_flag("--json", options.json, "a JSON object a line instead of a table");
  add_clients_and_peers(app, options);
  add_measurement(app, options);
  add_overrides(app, options);
  add_echo(app, options);
  app.footer(kExamples);
}

}  // namespace turnpike::bench
