namespace NetStack.PacketScripts;

/// <summary>How Linux keeps a time as a number of retransmissions, 1, 3, 7, 15 ... seconds after the first.</summary>
internal static class RetryTimes
{
    private const int FirstSeconds = 1;
    private const int GreatestSeconds = 120;
    private const int GreatestRetries = 255;

    public static int FromSeconds(int seconds)
    {
        int retries = 0;
        if (seconds > 0)
        {
            int step = FirstSeconds;
            int passed = step;
            retries = 1;
            while (seconds > passed && retries < GreatestRetries)
            {
                retries++;
                step = Math.Min(2 * step, GreatestSeconds);
                passed += step;
            }
        }

        return retries;
    }

    public static int ToSeconds(int retries)
    {
        int step = FirstSeconds;
        int passed = retries > 0 ? step : 0;
        for (int i = 1; i < retries; i++)
        {
            step = Math.Min(2 * step, GreatestSeconds);
            passed += step;
        }

        return passed;
    }
}
