package org.sbertspark.job;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Optional;
import org.sbertspark.Golden;
import org.sbertspark.testing.SparkTestSession;

/**
 * A command that was run in this JVM, in the tests' Spark session.
 *
 * @param out standard output
 * @param err standard error
 */
record CommandRun(int code, String out, String err) {
  /** A model that is small but real. */
  static final String MODEL = Golden.read(Golden.ROBERTA).folder().toString();

  static CommandRun of(String... args) {
    SparkTestSession.get();
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Main.run(args, Optional.empty(), new PrintWriter(out, true), new PrintWriter(err, true));
    return new CommandRun(code, out.toString(), err.toString());
  }
}
