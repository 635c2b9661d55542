// With TURNPIKE_TESTS_MUST_RUN in the environment a test that skips itself has failed, for the reason that it
// gives.
#include <gtest/gtest.h>

#include <cstdlib>

namespace {

class MustRun final : public testing::EmptyTestEventListener {
  void OnTestEnd(const testing::TestInfo& test) override {
    if (test.result()->Skipped()) ADD_FAILURE() << "must run here";
  }
};

[[maybe_unused]] const bool is_listening = [] {
  const bool wanted = std::getenv("TURNPIKE_TESTS_MUST_RUN") != nullptr;
  if (wanted) testing::UnitTest::GetInstance()->listeners().Append(new MustRun);
  return wanted;
}();

}  // namespace
