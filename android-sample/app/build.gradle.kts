        versionCode = 1
        versionName = "0.1.0"
