/**
 * The command line: one class a command, what they read and write, progress, and the manifest that
 * tells how an output came about.
 */
package org.sbertspark.job;
