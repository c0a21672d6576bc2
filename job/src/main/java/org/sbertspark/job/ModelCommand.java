package org.sbertspark.job;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What concerns a model alone; opens no Spark session. */
@Command(
    name = "model",
    description = "Describes, packs and checks a model; opens no Spark session.",
    mixinStandardHelpOptions = true,
    subcommands = {
      ModelInfoCommand.class,
      ModelPackCommand.class,
      ModelVerifyCommand.class,
    })
final class ModelCommand implements Runnable {
  static final String MODEL =
      "A sentence-transformers folder or a bundle, local or on hdfs:, s3a:, …, or a name on the hub.";

  @Spec private CommandSpec spec;

  /** Without a command: the help. */
  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
