package org.sbertspark.benchmark;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** Runs the JMH benchmarks. */
@Command(
    name = "kernels",
    description =
        "Runs the JMH benchmarks of kernels and of the batch planner; takes JMH's options.")
final class Kernels implements Callable<Integer> {
  @Unmatched private List<String> options;

  @Override
  public Integer call() throws Exception {
    org.openjdk.jmh.Main.main(options == null ? new String[0] : options.toArray(String[]::new));
    return 0;
  }
}
