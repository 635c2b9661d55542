// What the handlers of requests share.
#pragma once

#include <memory>
#include <utility>

#include "turnpike/base/random.hpp"
#include "turnpike/turn/alternates.hpp"
#include "turnpike/turn/ledger.hpp"
#include "turnpike/turn/live_allocations.hpp"
#include "turnpike/turn/outbox.hpp"
#include "turnpike/turn/server_options.hpp"

namespace turnpike::turn {

// Holds the state of one server that the request handlers share. Not thread-safe; the ledger and the random
// source outlive it.
struct Core {
  Core(const ServerOptions& given, Policies first, Ledger& shared, Random& source)
      : options(given),
        policies(std::move(first)),
        ledger(shared),
        random(source),
        live(options.external, ledger, out) {}
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  ServerOptions options;
  Policies policies;
  Ledger& ledger;
  Random& random;
  Outbox out;
  LiveAllocations live;
  bool draining = false;  // the server grants no new allocations
  std::shared_ptr<const Alternates> alternates = std::make_shared<const Alternates>();  // never null
};

}  // namespace turnpike::turn
