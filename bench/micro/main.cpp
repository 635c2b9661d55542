// turnpike-micro: times single steps; with --steps NAME N it only does one of them N times, for a tool that
// counts instructions.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "micro/cases.hpp"

namespace turnpike::bench {
namespace {

int do_steps(std::string_view name, long count) {
  for (const Case& c : micro_cases()) {
    if (c.name != name) continue;
    for (long i = 0; i < count; ++i) c.step();
    return 0;
  }
  for (const Case& c : micro_cases()) std::printf("%s\n", c.name.data());
  return 2;
}

void time_all() {
  for (const Case& c : micro_cases()) {
    benchmark::RegisterBenchmark(c.name.data(), [step = c.step](benchmark::State& state) {
      for (auto _ : state) step();
    });
  }
  benchmark::RunSpecifiedBenchmarks();
}

}  // namespace
}  // namespace turnpike::bench

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "--steps")
    return turnpike::bench::do_steps(argv[2], std::atol(argv[3]));
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  turnpike::bench::time_all();
  return 0;
}
