// Runs one scene of a fleet at scale, and prints what became of it as a line of JSON.
#include <CLI/CLI.hpp>
#include <iostream>

#include "world.hpp"

int main(int argc, char** argv) {
  turnpike::scale::Scene scene;
  bool is_neighbour = false;
  CLI::App app("A fleet at scale over a model of Redis, from a seed: prints a line of JSON.");
  app.add_option("--name", scene.name, "in the output");
  app.add_option("--seed", scene.seed);
  app.add_option("--nodes", scene.nodes, "a multiple of the regions");
  app.add_option("--participants", scene.participants);
  app.add_option("--regions", scene.regions);
  app.add_option("--capacity", scene.capacity, "allocations of a node");
  app.add_option("--high-water", scene.high_water);
  app.add_option("--seconds", scene.seconds_, "after everybody has come");
  app.add_option("--arrivals", scene.arrivals_s, "seconds for everybody to come");
  app.add_option("--stay", scene.stay_s, "seconds until a participant is followed by another; 0: never");
  app.add_option("--revoked", scene.revoked_per_s, "a second");
  app.add_option("--moving", scene.moving_per_s, "a second");
  app.add_option("--cuts", scene.cuts_per_min, "a minute");
  app.add_option("--greedy", scene.greedy, "users who ask many nodes at once");
  app.add_option("--greedy-nodes", scene.greedy_nodes);
  app.add_option("--greedy-at", scene.greedy_at_s);
  app.add_option("--loud", scene.loud, "rooms with more to relay than their budget");
  app.add_option("--loud-nodes", scene.loud_nodes);
  app.add_option("--loud-at", scene.loud_at_s);
  app.add_option("--room-bytes", scene.room_bytes_per_s, "a second, of a room's budget");
  app.add_option("--region-dies-at", scene.region_dies_at_s,
                 "seconds since everybody has come, as the others");
  app.add_flag("--neighbour", is_neighbour,
               "clients of that region go to the next one, and not where the exchange sends them");
  app.add_option("--redis-away-at", scene.redis_away_at_s);
  app.add_option("--redis-away", scene.redis_away_s, "for so many seconds");
  app.add_flag("--redis-loses-data", scene.redis_loses_data);
  app.add_option("--words", scene.words_before, "bars that there are from the beginning");
  CLI11_PARSE(app, argc, argv);
  if (is_neighbour) scene.comeback = turnpike::scale::Comeback::neighbour;
  turnpike::scale::World world(scene);
  world.run();
  std::cout << world.to_json() << '\n';
}
