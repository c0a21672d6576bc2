package org.sbertspark.job;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Optional;

/** The command line inside of this JVM, in its Spark application. */
public final class InProcess {
  /** Into how many {@code embed} cuts a small input, for each task that runs at once. */
  public static final int PARTITIONS_FOR_A_TASK = PartitionPlan.WAVES;

  private InProcess() {}

  /**
   * Runs a command.
   *
   * @throws IllegalStateException with what it printed, if it fails
   */
  public static void run(String... arguments) {
    StringWriter printed = new StringWriter();
    PrintWriter writer = new PrintWriter(printed, true);
    if (Main.run(arguments, Optional.empty(), writer, writer) != Main.OK) {
      throw new IllegalStateException(printed.toString());
    }
  }
}
