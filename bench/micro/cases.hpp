// The single steps that a packet or request is made of, to be measured one by one.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

namespace turnpike::bench {

struct Case {
  std::string_view name;
  std::function<void()> step;  // the same work each time; keeps what it needs alive
};

std::vector<Case> micro_cases();

}  // namespace turnpike::bench
